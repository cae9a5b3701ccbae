/// Any text: a time is what a plain reading of RFC 3339 says, within a microsecond, and never
/// outside of what the clock can hold.
#include "core/text/timestamp.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <string>

#include "fuzz/support/target.hpp"

namespace {

using freshet::fuzz::require;

/// `2026-11-21T06:00:00Z` and its relatives, if the text has that shape.
bool plain_reading(const std::string& text, double& seconds) {
  std::tm t{};
  int used = 0;
  char shape[20] = "0000-00-00T00:00:00";
  if (text.size() < 20) return false;
  for (std::size_t i = 0; i < 19; ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (digit != (shape[i] == '0')) return false;
  }
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%*[Tt ]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon,
                  &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec, &used) != 6 ||
      used != 19) {
    return false;
  }
  t.tm_year -= 1900;
  t.tm_mon -= 1;
  seconds = static_cast<double>(::timegm(&t));
  auto rest = text.substr(19);
  if (rest[0] == '.') {
    std::size_t end = 0;
    seconds += std::stod("0" + rest, &end);  // "0.5Z" reads 0.5
    rest = rest.substr(rest.find_first_not_of("0123456789", 1));
  }
  if (rest == "Z" || rest == "z") return true;
  int hours = 0, minutes = 0;
  require(std::sscanf(rest.c_str() + 1, "%2d:%2d", &hours, &minutes) == 2, "an offset");
  seconds -= (rest[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.rest();
  const auto time = parse_timestamp(text);
  if (!time) return 0;
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time->time_since_epoch());
  const double got = static_cast<double>(micros.count()) / 1e6;
  require(got >= 0 && got <= 9'223'372'037.0, "within what the clock can hold");
  double expected = 0;
  const std::string copy(text);
  if (!plain_reading(copy, expected)) {
    char* end = nullptr;
    expected = std::strtod(copy.c_str(), &end);
    require(end == copy.c_str() + copy.size(), "otherwise it is a number of seconds");
  }
  require(std::fabs(got - expected) < 1e-4, "the same moment");
  return 0;
}
