#pragma once

#include <memory>

#include "app/server/current_changes.hpp"
#include "app/server/http_front.hpp"
#include "net/sse/hub_loop.hpp"

namespace freshet::app {

/// One loop's share of serving: the public listeners and the streams that came in through them.
///
/// Lifetime: stop() must have been awaited before the destructor, once start() was called. What the
///           hooks use outlives it.
/// Threads:  the loop of its io_context, but for the constructor, listen() and the counters.
class serving_loop {
 public:
  serving_loop(http_front::environment env, std::uint64_t seed, const change_log& changes,
               sse::hub_hooks hooks);
  serving_loop(const serving_loop&) = delete;

  void start();
  /// Streams are told goodbye, answers finish; what is left after `patience` is cut.
  asio::awaitable<void> stop(std::chrono::nanoseconds patience);

  asio::io_context& context() { return ctx_; }
  http_front& front() { return front_; }
  sse::hub_loop& streams() { return streams_; }
  sse::hub& hub() { return streams_.streams(); }
  const sse::hub& hub() const { return streams_.streams(); }
  current_changes& changes() { return changes_; }

 private:
  asio::io_context& ctx_;
  const clock& time_;
  current_changes changes_;
  sse::hub_loop streams_;
  http_front front_;
  task_scope running_;
};

}  // namespace freshet::app
