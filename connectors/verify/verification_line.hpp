#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/verify/message_verifier.hpp"
#include "core/async/worker_thread.hpp"
#include "core/clock.hpp"

namespace freshet {

/// The way of messages through signature checks: one thread, and out in the order they came in.
///
/// Shape:    one batch of at most `batch_messages` or `batch_bytes` is with the thread; while more
///           than `held_bytes_max` wait, room() does not return, so that its caller stops to read.
/// Errors:   what a check throws (memory) leaves run().
/// Lifetime: run() ends by cancellation; what is held then was given to nobody: held_since() keeps
///           whoever counts on it from saying otherwise. The clock outlives it.
/// Threads:  the executor's loop; the thread is called "verify".
class verification_line {
 public:
  static constexpr std::size_t batch_messages = 64;
  static constexpr std::size_t batch_bytes = 1u << 20;
  static constexpr std::size_t held_bytes_max = 8u << 20;

  using sink = std::function<void(std::string_view topic, std::string_view body,
                                  const signature_verdict& verdict)>;

  verification_line(boost::asio::io_context::executor_type ex, const clock& time,
                    std::shared_ptr<message_verifier> by, sink out);

  void push(std::string_view topic, std::string_view body);
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> room();

  /// Since when the oldest message waits that was not given to the sink yet.
  std::optional<mono_time> held_since() const;
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct held {
    std::string topic, body;
    mono_time since;
    std::size_t cost() const { return topic.size() + body.size() + sizeof(held); }
  };
  using batch = std::vector<held>;
  static std::vector<signature_verdict> check_all(message_verifier& by, const batch& messages,
                                                  const clock& time);
  std::shared_ptr<batch> next_batch();

  const clock& time_;
  std::shared_ptr<message_verifier> by_;
  sink out_;
  std::deque<held> waiting_;
  std::shared_ptr<batch> checked_;  // with the thread
  std::size_t delivered_ = 0;       // of it
  std::size_t held_bytes_ = 0;
  boost::asio::steady_timer came_;
  boost::asio::steady_timer left_;
  worker_thread worker_;
};

}  // namespace freshet
