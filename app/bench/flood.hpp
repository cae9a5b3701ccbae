#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/async/task_scope.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "net/zmq/publisher.hpp"

namespace freshet::app {

struct flood_options {
  double rate = 50'000;                 // messages a second
  std::size_t bytes = 1024;             // of each message, at least
  std::vector<std::string> packages{};  // named in turn; not empty
};

/// A fedmsg publisher that tells of finished builds at a steady rate, whether anybody keeps up or
/// not, and knows when each message left.
///
/// Shape:    nothing is sent before begin(), nor while `behind_max` messages were not taken. Times
///           of the newest 2^18 messages are kept.
/// Errors:   bind: malformed.
/// Lifetime: destroyed after its subscriber ended, or it waits until everything was taken.
/// Threads:  one of its own publishes; every member may be called from any other.
class flood {
 public:
  static constexpr std::uint64_t behind_max = 250'000;

  static result<std::unique_ptr<flood>> bind(flood_options options);
  ~flood();
  flood(const flood&) = delete;
  flood& operator=(const flood&) = delete;

  const std::string& endpoint() const { return publisher_->endpoint(); }
  void begin();
  std::uint64_t sent() const { return sent_.load(std::memory_order_acquire); }
  /// How many the other side has taken so far.
  void taken(std::uint64_t messages) { taken_.store(messages, std::memory_order_relaxed); }
  /// When the message with this id left; nothing when it is none of ours, or too old.
  std::optional<mono_time> sent_at(std::string_view event_id) const;

 private:
  explicit flood(flood_options options);
  boost::asio::awaitable<void> publish();
  void send_next();

  static constexpr std::size_t times_kept = 1u << 18;
  flood_options options_;
  std::string padding_;
  std::vector<std::atomic<std::int64_t>> times_;
  std::atomic<std::uint64_t> sent_{0}, taken_{0};
  std::atomic<bool> ended_{false};
  boost::asio::io_context ctx_{1};
  std::unique_ptr<zmq_publisher> publisher_;
  task_scope scope_;
  std::thread thread_;
};

}  // namespace freshet::app
