#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace freshet {

/// Cuts a stream of bytes into lines; what is longer than `line_max` is skipped and counted once.
///
/// Shape:    LF or CRLF; empty lines are passed over; holds at most `line_max` bytes.
/// Lifetime: a line borrows from the chunk or from the splitter, during `visit` only.
class line_splitter {
 public:
  using line_sink = std::function<void(std::string_view line)>;

  explicit line_splitter(std::size_t line_max) : line_max_(line_max) {}

  /// Calls `visit` for each line that ends in `chunk`; returns how many lines began to be too long.
  std::size_t feed(std::string_view chunk, const line_sink& visit);
  /// Bytes that were fed and are not a whole line yet.
  std::size_t held() const { return partial_.size(); }
  /// The last line when it has no newline.
  void finish(const line_sink& visit);

 private:
  static void emit(std::string_view line, const line_sink& visit);
  bool keep(std::string_view part);  // false: the line just became too long

  std::size_t line_max_;
  std::string partial_;
  bool skipping_ = false;
};

}  // namespace freshet
