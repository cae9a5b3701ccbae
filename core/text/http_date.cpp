#include "core/text/http_date.hpp"

#include <array>
#include <charconv>

namespace freshet {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Digits are 0, everything else stands for itself; the names of day and month are looked at apart.
constexpr std::string_view form = "???, 00 ??? 0000 00:00:00 GMT";

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int out = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, out);
  return out;
}

}  // namespace

std::optional<wall_time> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : form[i] != '?' && text[i] != form[i]) return std::nullopt;
  }
  unsigned m = 0;
  while (m < months.size() && months[m] != text.substr(8, 3)) ++m;
  const year_month_day date{year{number_at(text, 12, 4)}, month{m + 1},
                            day{static_cast<unsigned>(number_at(text, 5, 2))}};
  const int h = number_at(text, 17, 2), min = number_at(text, 20, 2), s = number_at(text, 23, 2);
  if (!date.ok() || h > 23 || min > 59 || s > 60) return std::nullopt;
  // The clock counts nanoseconds in 63 bits: 1677-09-21 to 2262-04-11.
  if (date.year() < year{1678} || date.year() > year{2261}) return std::nullopt;
  return sys_days{date} + hours{h} + minutes{min} + seconds{s};
}

}  // namespace freshet
