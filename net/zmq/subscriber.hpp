#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace freshet {

/// Shape: `hwm` messages are queued per endpoint, so libzmq holds up to hwm x max_message x 2 bytes
///        each.
struct zmq_subscriber_options {
  std::vector<std::string> connect;    // 1 to 256 endpoints
  std::vector<std::string> prefixes;   // of frame 1, bytes; empty = everything
  std::size_t max_message = 1u << 20;  // all frames of a message together
  std::uint32_t hwm = 1000;
  std::chrono::nanoseconds heartbeat = std::chrono::seconds(10);
  std::chrono::nanoseconds reconnect_min = std::chrono::milliseconds(100);
  std::chrono::nanoseconds reconnect_max = std::chrono::seconds(10);
  /// After a connection that libzmq ended without announcing a retry.
  std::chrono::nanoseconds rebuild_after = std::chrono::seconds(1);
  /// Told of each message that does not reach the sink: "too_large" or "parts". May be empty.
  std::function<void(std::string_view why, std::string_view topic, std::string_view body)>
      on_refused;
  /// Awaited before each turn of receiving: whoever cannot take more for now makes ZeroMQ's queues
  /// wait. Empty = never.
  std::function<boost::asio::awaitable<void>()> room{};
};

struct zmq_counts {
  std::uint64_t received = 0;     // messages, good or bad
  std::uint64_t oversized = 0;    // longer than max_message, up to twice of it
  std::uint64_t wrong_parts = 0;  // not exactly two frames
  std::uint64_t disconnects = 0;  // also what a message above twice max_message looks like
  std::uint64_t handshakes_failed = 0;
  std::uint64_t connections = 0;  // handshakes that succeeded, ever
  std::uint64_t rebuilt = 0;      // sockets made anew: libzmq gave up, or rebuild() asked
  std::size_t connected = 0;      // endpoints now
};

/// ZeroMQ SUB on Asio: connects out to publishers and hands over two-frame messages.
///
/// Shape:    a bounded number of messages a turn of the loop, then everybody else's turn.
/// Errors:   create: malformed or out_of_range for an endpoint libzmq refuses. Later faults are
///           counted and healed: reconnects never end.
/// Lifetime: run() ends by cancellation only; awaited before the destructor.
/// Threads:  the executor's loop; libzmq has one I/O thread of its own.
/// Source:   PITFALLS.md 6.4.
class zmq_subscriber {
 public:
  using sink = std::function<void(std::string_view topic, std::string_view body)>;

  static result<std::unique_ptr<zmq_subscriber>> create(boost::asio::io_context::executor_type ex,
                                                        zmq_subscriber_options options);
  ~zmq_subscriber();

  boost::asio::awaitable<void> run(sink on_message);
  const zmq_counts& counts() const;
  /// Every endpoint has a connection.
  bool connected() const;
  /// The endpoints that have none.
  std::vector<std::string_view> missing() const;
  /// Makes the sockets anew from which nothing came since then: a subscription can be dead on a
  /// connection that lives. How many there are; they follow within a turn of the loop.
  std::size_t rebuild(mono_time quiet_since);

 private:
  class sockets;
  explicit zmq_subscriber(std::unique_ptr<sockets> impl);
  std::unique_ptr<sockets> sockets_;
};

}  // namespace freshet
