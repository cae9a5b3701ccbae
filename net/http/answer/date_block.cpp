#include "net/http/answer/date_block.hpp"

#include <fmt/format.h>

#include <chrono>

namespace freshet::http {

char* write_http_date(char* to, wall_time at) {
  using namespace std::chrono;
  static constexpr std::string_view days = "SunMonTueWedThuFriSat";
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto day = floor<std::chrono::days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(at - day));
  const auto text = [&to](std::string_view what) { to += what.copy(to, what.size()); };
  const auto two = [&to](std::int64_t n) {
    *to++ = static_cast<char>('0' + n / 10 % 10);
    *to++ = static_cast<char>('0' + n % 10);
  };
  text(days.substr(3 * weekday(day).c_encoding(), 3));
  text(", ");
  two(unsigned{date.day()});
  text(" ");
  text(months.substr(3 * (unsigned{date.month()} - 1), 3));
  text(" ");
  two(int{date.year()} / 100);
  two(int{date.year()} % 100);
  text(" ");
  two(time.hours().count());
  text(":");
  two(time.minutes().count());
  text(":");
  two(time.seconds().count());
  text(" GMT");
  return to;
}

std::string http_date(wall_time at) {
  std::string out(29, ' ');
  write_http_date(out.data(), at);
  return out;
}

date_block::date_block(std::string epoch, std::string_view base)
    : link_start_(fmt::format(
          "Link: <{}/.well-known/mercure>; rel=\"mercure\"; last-event-id=\"{}-", base, epoch)) {
  set(wall_time{}, 0);
}

void date_block::set(wall_time now, sequence newest) {
  const auto second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const bool same_second = second == second_, same_link = newest == newest_;
  if (same_second && same_link) return;
  second_ = second;
  newest_ = newest;
  if (!same_second) write_date(now);
  write_link();
}

void date_block::write_date(wall_time now) {
  text_.resize(status_bytes + date_bytes);
  text_.replace(0, status_bytes, status_line);
  text_.replace(status_bytes, date_bytes, "Date: " + http_date(now) + "\r\n");
}

void date_block::write_link() {
  text_.resize(status_bytes + date_bytes);
  text_ += link_start_;
  fmt::format_int digits(newest_);
  text_.append(digits.data(), digits.size());
  text_ += "\"\r\n";
}

}  // namespace freshet::http
