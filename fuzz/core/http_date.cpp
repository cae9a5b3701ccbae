/// Any text: a date is what timegm() makes of the same numbers, and within what the clock can hold.
#include "core/text/http_date.hpp"

#include <cstdio>
#include <ctime>
#include <string>

#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  fuzz::input in(data, size);
  const std::string text(in.rest());
  const auto got = parse_http_date(text);
  if (!got) return 0;
  require(text.size() == 29, "the form of RFC 9110");
  std::tm t{};
  char month[4] = "";
  // Which day of the week it was, nobody asks.
  const auto read = std::sscanf(text.c_str() + 3, ", %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT",
                                &t.tm_mday, month, &t.tm_year, &t.tm_hour, &t.tm_min, &t.tm_sec);
  require(read == 6, "a day, a month, a year and a time");
  const auto at = std::string_view("JanFebMarAprMayJunJulAugSepOctNovDec").find(month);
  require(at != std::string_view::npos, "a month of the calendar");
  t.tm_mon = static_cast<int>(at / 3);
  t.tm_year -= 1900;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(got->time_since_epoch()).count();
  require(seconds == ::timegm(&t), "the same moment");
  return 0;
}
