#pragma once

#include <string>
#include <string_view>

#include "store/entry.hpp"

namespace freshet::http {

/// The lines that every answer of a loop shares: `HTTP/1.1 200 OK`, Date, Link.
///
/// Shape:    Date changes once a second; Link names the change sequence, `<epoch>-<sequence>`.
/// Lifetime: its text is borrowed by the answers of one turn; whatever outlives the turn is copied.
/// Threads:  one per loop, used by that loop only.
class date_block {
 public:
  /// `base`: what stands before the paths that are given out (`public_url`), without a last slash.
  explicit date_block(std::string epoch, std::string_view base = {});

  /// REQUIRES: no answer of this turn borrows the text, and `newest` was read before any view that
  /// the coming answers use: then nothing falls between the page and the stream that follows it.
  void set(wall_time now, sequence newest);

  /// Status line and all.
  std::string_view ok() const { return text_; }
  /// Without the status line, for any other status.
  std::string_view common() const { return std::string_view(text_).substr(status_bytes); }
  /// Date alone, for answers that are not about pages.
  std::string_view date() const { return common().substr(0, date_bytes); }

 private:
  static constexpr std::string_view status_line = "HTTP/1.1 200 OK\r\n";
  static constexpr std::size_t status_bytes = status_line.size();
  static constexpr std::size_t date_bytes = 6 + 29 + 2;

  void write_date(wall_time now);
  void write_link();

  std::string link_start_;
  std::string text_;
  std::int64_t second_ = -1;
  sequence newest_ = ~sequence{0};
};

/// IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date(wall_time at);
/// The same where there is room for its 29 bytes; where it ends.
char* write_http_date(char* to, wall_time at);

}  // namespace freshet::http
