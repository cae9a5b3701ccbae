#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/amqp/connection.hpp"
#include "net/client/host_lookup.hpp"

namespace freshet {

struct amqp_consumer_options {
  /// What to subscribe to, asked before each connection and on the consumer's own thread: secrets
  /// are read again. It owns what it needs.
  std::function<result<amqp_subscription>()> what;
  std::string name;  // of the bus: in the log, and behind `amqp-` in the thread's name
  std::uint16_t prefetch = 25;
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds(500);
  std::chrono::nanoseconds retry_max = std::chrono::seconds(10);
  std::chrono::nanoseconds count_every = std::chrono::seconds(5);
  std::uint64_t seed = 1;
  host_lookup::question look_up = ask_system;  // blocks; asked in a thread of its own
};

/// How a consumer stands.
struct amqp_status {
  bool up = false;
  std::uint64_t connections = 0;  // that succeeded, ever
  std::uint64_t new_queues = 0;   // of those: the queue had not been there
  std::uint64_t waiting = 0;      // at the broker when it was asked last, and here for take()
  std::string trouble;            // why it is down; "" while it is up
};

/// A message, and the connection that it has to be acknowledged on.
struct amqp_message {
  std::uint64_t connection = 0;
  amqp_delivery what;
};

/// A broker's queue on a loop: connects, consumes, connects again, on a named thread of its own.
///
/// Shape:    both ways are bounded: the broker holds back what is not acknowledged (`prefetch`
///           messages), one that does not is left; acknowledgements are one number, since each
///           covers those before it. Reconnects never end: full jitter, up to `retry_max`. What
///           came and was not taken yet is dropped at a reconnect only when the queue is the same:
///           then the broker gives it again.
/// Errors:   a state: amqp_status::trouble. Logged when the reason changes.
/// Lifetime: stop() must have been awaited before the destructor, once start() was called.
/// Threads:  the executor's loop; libraries' calls happen on the consumer's thread.
class amqp_consumer {
 public:
  amqp_consumer(boost::asio::io_context::executor_type ex, amqp_consumer_options options);
  ~amqp_consumer();
  amqp_consumer(const amqp_consumer&) = delete;

  void start();
  /// Until there is news: messages, or another status.
  boost::asio::awaitable<void> news();
  /// The next message; nothing when all were taken.
  std::optional<amqp_message> take();
  amqp_status status() const;
  /// This message and all before it on the same connection; nothing when that is gone.
  void acknowledge(std::uint64_t connection, std::uint64_t tag);
  /// Connects anew.
  void reconnect();
  /// Leaves, within the time that a call to the library takes (`patience`), and a second for the
  /// broker. A lookup of its name is left alone.
  boost::asio::awaitable<void> stop();

 private:
  class worker;
  std::shared_ptr<worker> worker_;
};

}  // namespace freshet
