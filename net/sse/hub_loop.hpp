#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "net/sse/hub.hpp"
#include "net/sse/socket_stream.hpp"

namespace freshet::sse {

/// A hub with the sockets of its streams: what one loop's event streams are.
///
/// Lifetime: `time` and what the hub refers to outlive it.
/// Threads:  its loop, but for the constructor and what the hub allows.
class hub_loop {
 public:
  /// The hook `wake` is its own: one flush in the next turn of the loop, so that a batch of commits
  /// is one delivery.
  hub_loop(asio::io_context::executor_type ex, const clock& time, const change_source& source,
           hub_settings settings, hub_hooks hooks, std::uint64_t seed);
  ~hub_loop();

  hub& streams() { return *hub_; }
  const hub& streams() const { return *hub_; }

  /// Gives a connected socket to the hub: response head and first bytes are written before this
  /// returns. `seat` is held as long as the stream lives.
  ///
  /// Errors:   as hub::add; the socket is closed then.
  result<subscriber_id> attach(int socket, stream_request request, std::string_view head,
                               std::shared_ptr<void> seat = {});

  /// Ticks the hub for ever; ends by cancellation. This outlives the scope that runs it.
  asio::awaitable<void> tick_for_ever(std::chrono::nanoseconds every);

 private:
  const clock& time_;
  std::shared_ptr<hub*> alive_;  // what a posted flush sees; null once the hub is gone
  socket_watch sockets_;
  std::unique_ptr<hub> hub_;
};

/// The head of an event stream's response; `more` is complete lines (CORS), each ended by CRLF. The
/// body ends with the connection, for HTTP/1.0 and 1.1 alike.
std::string stream_head(std::string_view more = {});

}  // namespace freshet::sse
