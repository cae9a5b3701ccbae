#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string_view>

#include "net/client/http_client.hpp"

namespace freshet {

/// One answer whose body is read as it comes, over a connection of its own: for event streams.
///
/// Shape:    bounded head and chunk extensions; at most 16 KiB in memory at a time; the body may be
///           endless. No content coding is asked for or accepted.
/// Errors:   client_errc.
/// Lifetime: what read() gave, until the next one.
/// Threads:  the executor's loop.
class http_stream {
 public:
  /// Ends when the head is complete, within `options.timeout`.
  static boost::asio::awaitable<result<std::unique_ptr<http_stream>>> open(
      boost::asio::io_context::executor_type ex, http_client_options options,
      client_request request);
  ~http_stream();

  /// Everything but the body.
  const client_answer& head() const;
  /// The next bytes, or nothing at the end; timed_out when none came within `limit`.
  boost::asio::awaitable<result<std::string_view>> read(std::chrono::nanoseconds limit);
  /// All that is left, for an answer that turned out to be an ordinary one.
  boost::asio::awaitable<result<std::string>> read_rest(std::size_t bytes_max,
                                                        std::chrono::nanoseconds limit);

 private:
  struct state;
  explicit http_stream(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace freshet
