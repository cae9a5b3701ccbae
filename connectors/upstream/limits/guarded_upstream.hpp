#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <random>

#include "connectors/upstream/limits/circuit_breaker.hpp"
#include "connectors/upstream/limits/permits.hpp"
#include "connectors/upstream/upstream.hpp"
#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"

namespace freshet {

/// An upstream behind its limits: permits by lane, breaker, retries inside one fetch.
///
/// Shape:    at most 1024 calls wait per lane, a sweep's behind all others but for one call in 16;
///           a call waits for a permit at most the upstream's
/// timeout.
///           A Retry-After beyond the timeout ends the fetch: the page's own backoff waits longer.
/// Errors:   the inner upstream's, breaker_open, overloaded.
/// Lifetime: outlives its fetches.
/// Threads:  home loop only.
class guarded_upstream final : public upstream {
 public:
  guarded_upstream(boost::asio::io_context::executor_type ex, const clock& time,
                   std::unique_ptr<upstream> inner, config::upstream_limits limits,
                   std::uint64_t seed);

  std::string_view name() const override { return inner_->name(); }
  boost::asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override;
  const circuit_breaker& breaker() const { return breaker_; }
  std::size_t waiting() const { return visitors_.size() + others_.size() + sweeps_.size(); }

  /// How an attempt ended; `refused` were not made: the breaker is open, or too many wait.
  enum class call_result : std::uint8_t { ok, error, timeout, refused };
  std::uint64_t calls(call_result how) const { return calls_[static_cast<std::size_t>(how)]; }
  /// Counts them as freshet_upstream_calls_total, too, from now on.
  void count_in(metrics& m);

 private:
  struct waiter;
  class place;
  boost::asio::awaitable<result<upstream_answer>> attempt(upstream_request request);
  void count(const result<upstream_answer>& answer);
  void pump();
  std::size_t grant(std::list<waiter*>& lane, call_lane which, std::size_t most = ~std::size_t{0});
  std::list<waiter*>& queue_of(call_lane lane);
  void end_call();

  boost::asio::io_context::executor_type ex_;
  const clock& time_;
  std::unique_ptr<upstream> inner_;
  config::upstream_limits limits_;
  permits permits_;
  circuit_breaker breaker_;
  std::list<waiter*> visitors_, others_, sweeps_;
  std::size_t passed_over_ = 0;  // calls that went before a sweep that waits
  boost::asio::steady_timer pace_;
  std::mt19937_64 random_;
  std::array<std::uint64_t, 4> calls_{};  // by call_result
  std::array<counter*, 4> counters_{};
};

}  // namespace freshet
