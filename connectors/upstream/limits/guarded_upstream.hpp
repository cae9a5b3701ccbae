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
#include "net/client/client_errc.hpp"

namespace freshet {

/// An upstream behind its limits: permits by lane, breaker, retries inside one fetch, and several
/// fetches in one call where the upstream can.
///
/// Shape:    at most 1024 fetches wait per lane (more where they share calls). Visitors go first
///           and a sweep last, but for one call in 16 each. A fetch waits for a permit at most the
///           upstream's timeout. A permit takes the oldest that waits, and those of its lane and
///           group that wait then: nobody waits for others to come. What fails together is asked
///           again in smaller calls, at last alone. A Retry-After beyond the timeout ends the
///           fetch: the page's own backoff waits longer.
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
  std::string group_of(const upstream_request& request) const override {
    return inner_->group_of(request);
  }
  const circuit_breaker& breaker() const { return breaker_; }
  std::size_t waiting() const { return visitors_.size() + others_.size() + sweeps_.size(); }
  /// Fetches that calls carried; more than calls where they share them.
  std::uint64_t questions() const { return questions_; }

  /// How an attempt ended; `refused` were not made: the breaker is open, or too many wait.
  enum class call_result : std::uint8_t { ok, error, timeout, refused };
  std::uint64_t calls(call_result how) const { return calls_[static_cast<std::size_t>(how)]; }
  /// Counts them as freshet_upstream_calls_total, too, from now on.
  void count_in(metrics& m);

 private:
  struct outcome;
  class place;
  using answers = std::vector<result<upstream_answer>>;
  boost::asio::awaitable<outcome> attempt(upstream_request request, std::size_t most);
  boost::asio::awaitable<answers> call(std::vector<upstream_request> requests);
  outcome refused(client_errc why, std::string detail);
  void count(const result<upstream_answer>& answer);
  void pump();
  void pump_soon();
  std::size_t grant(std::list<place*>& lane, call_lane which, std::size_t most = ~std::size_t{0});
  std::list<place*>& queue_of(call_lane lane);
  void end_call();

  boost::asio::io_context::executor_type ex_;
  const clock& time_;
  std::unique_ptr<upstream> inner_;
  config::upstream_limits limits_;
  permits permits_;
  circuit_breaker breaker_;
  std::size_t waiting_max_;  // per lane
  std::list<place*> visitors_, others_, sweeps_;
  std::size_t visits_ = 0;       // calls of visitors that went before others that wait
  std::size_t passed_over_ = 0;  // calls that went before a sweep that waits
  boost::asio::steady_timer pace_, soon_;
  bool pumps_soon_ = false;
  /// A timer that has run out is not cancelled any more: its handler may come when this is gone.
  std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);
  std::mt19937_64 random_;
  std::array<std::uint64_t, 4> calls_{};  // by call_result
  std::array<counter*, 4> counters_{};
  std::uint64_t questions_ = 0;
  counter* questions_counter_ = nullptr;
};

}  // namespace freshet
