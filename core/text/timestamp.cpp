#include "core/text/timestamp.hpp"

#include <charconv>
#include <cmath>

namespace freshet {
namespace {

using std::chrono::microseconds;

// 2262-04-11T23:47:16Z: the clock counts nanoseconds in 63 bits.
constexpr double last_second = 9'223'372'036.0;

std::optional<wall_time> from_seconds(double seconds) {
  if (!(seconds >= 0 && seconds <= last_second)) return std::nullopt;
  return wall_time{microseconds{std::llround(seconds * 1e6)}};
}

/// Takes digits off the front.
class digits {
 public:
  explicit digits(std::string_view text) : rest_(text) {}

  bool number(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    const auto* end = rest_.data() + count;
    const auto [at, bad] = std::from_chars(rest_.data(), end, value);
    if (bad != std::errc{} || at != end || rest_.front() == '-') return false;
    rest_.remove_prefix(count);
    return true;
  }
  bool literal(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view rest() const { return rest_; }
  void rest(std::string_view text) { rest_ = text; }

 private:
  std::string_view rest_;
};

bool take_fraction(digits& in, double& fraction) {
  if (!in.literal(".")) return true;
  const auto end = std::min(in.rest().find_first_not_of("0123456789"), in.rest().size());
  if (end == 0 || end > 18) return false;
  const auto text = in.rest().substr(0, end);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  fraction = static_cast<double>(value) / std::pow(10.0, static_cast<double>(end));
  in.rest(in.rest().substr(end));
  return true;
}

bool take_offset(digits& in, int& minutes) {
  minutes = 0;
  if (in.literal("Zz")) return true;
  const int sign = in.rest().starts_with('-') ? -1 : 1;
  int hours = 0, rest = 0;
  if (!in.literal("+-") || !in.number(2, hours) || !in.literal(":") || !in.number(2, rest) ||
      hours > 23 || rest > 59)
    return false;
  minutes = sign * (hours * 60 + rest);
  return true;
}

std::optional<wall_time> from_rfc3339(std::string_view text) {
  digits in(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
  double fraction = 0;
  if (!in.number(4, year) || !in.literal("-") || !in.number(2, month) || !in.literal("-") ||
      !in.number(2, day) || !in.literal("Tt ") || !in.number(2, hour) || !in.literal(":") ||
      !in.number(2, minute) || !in.literal(":") || !in.number(2, second) ||
      !take_fraction(in, fraction) || !take_offset(in, offset) || !in.rest().empty())
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(days).count() +
                       hour * 3600 + (minute - offset) * 60 + second;
  return from_seconds(static_cast<double>(seconds) + fraction);
}

}  // namespace

std::optional<wall_time> parse_timestamp(std::string_view text) {
  double seconds = 0;
  const auto [end, bad] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (bad == std::errc{} && end == text.data() + text.size()) return from_seconds(seconds);
  return from_rfc3339(text);
}

}  // namespace freshet
