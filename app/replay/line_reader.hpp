#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet::app {

/// The lines of a file, a pipe or standard input, one at a time and with their numbers.
///
/// Shape:    LF or CRLF; a last line without an end counts; empty lines count but are passed over.
///           Holds at most `line_max` bytes of a line: of a longer one the rest is skipped.
/// Errors:   open: missing. next: the system's.
/// Lifetime: a line's text until the next call.
/// Threads:  the executor's. A regular file is read without waiting (epoll refuses those).
class line_reader {
 public:
  struct line {
    std::uint64_t number = 0;
    std::string_view text;
    bool too_long = false;
  };

  /// `path`: "-" is standard input.
  static result<std::unique_ptr<line_reader>> open(boost::asio::io_context::executor_type ex,
                                                   const std::string& path, std::size_t line_max);
  ~line_reader();
  line_reader(const line_reader&) = delete;

  /// Nothing at the end.
  boost::asio::awaitable<result<std::optional<line>>> next();
  /// Back to the first line. False when that is not possible (a pipe).
  bool rewind();

  /// How far: bytes read and, for regular files, of how many.
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t bytes_total() const { return bytes_total_; }

 private:
  line_reader(boost::asio::io_context::executor_type ex, int fd, bool regular,
              std::uint64_t bytes_total, std::size_t line_max);
  bool cut(line& into);  // a whole line from what was read
  boost::asio::awaitable<result<bool>> fill();

  int fd_;
  bool regular_;
  std::size_t line_max_;
  std::uint64_t bytes_ = 0, bytes_total_ = 0, number_ = 0;
  std::string buffer_;  // [at_, size) is not handed out yet
  std::size_t at_ = 0;
  std::size_t seen_ = 0;  // up to here there is no line end
  bool skipping_ = false;
  bool ended_ = false;
  std::optional<boost::asio::posix::stream_descriptor> waiter_;
};

}  // namespace freshet::app
