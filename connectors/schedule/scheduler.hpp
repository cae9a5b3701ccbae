#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "connectors/refresh/refresher.hpp"
#include "connectors/schedule/upstream_group.hpp"
#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/async/task_scope.hpp"
#include "core/observe/metrics.hpp"

namespace freshet {

/// Decides which refresh runs when: lets time pass in the store, claims what is due within each
/// upstream's share, and sleeps until something is due again.
///
/// Shape:    page classes are grouped by the upstream of their first fetch (upstream_group). A turn
///           is bounded (a millisecond, `turn_claims` refreshes) and yields to the loop, so that
///           answers never wait for it.
/// Errors:   what escapes a refresh goes to the sink; the page's lease then runs out.
/// Lifetime: everything given outlives it; `upstreams` are indexed as settings.upstreams, null = no
///           breaker. Destroyed after run() has ended.
/// Threads:  home loop only.
class scheduler {
 public:
  static constexpr std::size_t turn_claims = 64;
  static constexpr std::chrono::nanoseconds turn_budget = std::chrono::milliseconds{1};
  static constexpr std::chrono::nanoseconds rearm_spread = std::chrono::seconds{5};

  scheduler(asio::io_context::executor_type ex, const clock& time, const config::settings& settings,
            page_store& store, refresher& refreshes, std::vector<guarded_upstream*> upstreams,
            task_scope::sink on_error, metrics& m);
  ~scheduler();
  scheduler(const scheduler&) = delete;

  /// Until it is cancelled; then cancels its refreshes, awaits them, and returns.
  asio::awaitable<void> run();
  /// Something may be due sooner than thought: store_hooks::work. Any number of calls is one turn.
  void wake();

  std::size_t running() const { return refreshing_.size(); }

 private:
  struct watched_breaker {
    guarded_upstream* of = nullptr;
    std::vector<class_id> users;  // classes with any fetch from it
    bool closed = true;
  };
  class seat;

  asio::awaitable<void> loop();
  asio::awaitable<void> refresh(claim c, std::size_t group, upstream_group::share taken);
  bool turn(mono_time began);
  bool start_due(mono_time began);
  void follow_breakers(mono_time now);
  std::optional<mono_time> next_turn() const;
  const circuit_breaker* breaker(std::size_t upstream) const;
  std::optional<mono_time> asked_again(std::size_t upstream) const;
  void count_metrics(metrics& m);

  const clock& time_;
  page_store& store_;
  refresher& refreshes_;
  std::vector<watched_breaker> breakers_;  // by upstream
  std::vector<upstream_group> groups_;
  std::size_t next_group_ = 0;
  bool woken_ = false;
  asio::steady_timer sleep_;
  asio::io_context::executor_type ex_;
  counter* turns_ = nullptr;
  counter* probes_ = nullptr;
  task_scope refreshing_;
};

}  // namespace freshet
