#pragma once

#include <optional>
#include <vector>

#include "connectors/sweep/sweep_walk.hpp"
#include "connectors/upstream/limits/circuit_breaker.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// The page classes whose first fetch asks one upstream, and how many of their refreshes are up.
///
/// Shape:   2 x concurrency (x the questions in a call) refreshes of any lane, and as many again
///          that visitors wait for: more than the upstream takes at once, so that it never idles,
///          but no more, so that what is not begun can still be overtaken by something more urgent.
///          Lanes in order, in a lane the classes in turn; one claim in 16 begins with the lowest
///          lane. While the breaker is open only visitors are let through (they are refused at
///          once); when it may be tried, one probe goes. Probes rotate: a page that failed one
///          waits beyond the next (refresher). Sweeps have an eighth of the concurrency (at least
///          one) to themselves, and nothing of the rest: they neither wait for the others nor stand
///          in their way.
/// Threads: home loop only; pure but for the store.
class upstream_group {
 public:
  /// Which bound a running refresh counts against.
  enum class share : std::uint8_t { common, visitors, probe, sweep };
  struct taken {
    claim what;
    share of;
  };
  static constexpr std::chrono::nanoseconds probe_pause = std::chrono::milliseconds{100};

  upstream_group(std::uint32_t concurrency, std::uint32_t batch)
      : share_max_(2 * std::max<std::size_t>(concurrency, 1) * std::max<std::size_t>(batch, 1)),
        sweeps_max_(std::max<std::size_t>(concurrency / 8, 1)) {}

  void add(class_id page) { classes_.push_back(page); }
  /// The same class is compared with the upstream once in `period`.
  void sweep(class_id page, std::chrono::nanoseconds period, mono_time now) {
    walks_.emplace_back(page, period, now);
  }
  const std::vector<class_id>& classes() const { return classes_; }

  /// The next refresh that may begin; null `breaker` = always closed.
  std::optional<taken> take(page_store& store, const circuit_breaker* breaker, mono_time now);
  /// The next page to compare, if a sweep may run now.
  std::optional<taken> take_sweep(page_store& store, const circuit_breaker* breaker, mono_time now,
                                  wall_time wall);
  /// When take_sweep() is worth another call; nothing while all sweeps that may be are up.
  std::optional<mono_time> next_sweep() const;
  void give_back(share of);
  std::size_t running() const { return common_ + visitors_ + probes_ + sweeps_; }
  /// When a breaker that is open lets the next probe through; nothing while it is closed or the
  /// probe is up.
  std::optional<mono_time> next_probe(const circuit_breaker* breaker) const;

 private:
  std::optional<claim> next_in(lane in, page_store& store, mono_time now);
  std::optional<claim> next(page_store& store, mono_time now);

  std::vector<class_id> classes_;
  std::vector<sweep_walk> walks_;
  std::size_t share_max_;
  std::size_t sweeps_max_;
  std::size_t turn_ = 0;  // whose turn it is among the classes
  std::size_t claims_ = 0;
  std::size_t common_ = 0, visitors_ = 0, probes_ = 0, sweeps_ = 0;
  std::size_t walk_ = 0;  // whose turn it is among the walks
  mono_time probe_not_before_{};
};

}  // namespace freshet
