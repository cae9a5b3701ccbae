#include "net/http/answer/date_block.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace freshet::http {

std::string http_date(wall_time at) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm tm{};
  gmtime_r(&seconds, &tm);  // by hand, since strftime follows the locale
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[static_cast<std::size_t>(tm.tm_wday)], tm.tm_mday,
                     months[static_cast<std::size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour,
                     tm.tm_min, tm.tm_sec);
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
