#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/bench/freshness/strategy.hpp"

namespace freshet::app {

/// What one strategy did to the pages and visitors of its worlds.
///
/// Shape: `wrong` is the time that pages spent with a body that is not what their upstream says,
///        added up over pages; `unsaid` the part of it in which a visitor was not told so.
///        `wrong_for_ever`: pages that are still wrong after the quiet hour and two visits.
struct freshness_score {
  std::string strategy;
  std::chrono::nanoseconds wrong{0};
  std::chrono::nanoseconds unsaid{0};
  std::uint64_t wrong_for_ever = 0;
  std::uint64_t upstream_calls = 0;
  std::uint64_t visits = 0;
  std::uint64_t shown_wrong = 0;                  // visits
  std::uint64_t failed = 0;                       // visits that were shown nothing
  std::vector<std::chrono::nanoseconds> waits{};  // of visits that waited, ascending

  void add(const freshness_score& other);
  std::chrono::nanoseconds waited() const;
  std::chrono::nanoseconds wait_p99() const;
  bool operator==(const freshness_score&) const = default;
};

using strategy_maker = std::function<std::unique_ptr<strategy>(std::uint64_t seed, world& in)>;
/// freshet, and the four it replaces.
std::vector<strategy_maker> all_strategies();

/// One world under one strategy, from beginning to end.
freshness_score live_through(std::uint64_t seed, const world_shape& shape,
                             const strategy_maker& make);

/// Each world (seeds `first` and the following) under each strategy; the sums.
std::vector<freshness_score> compare(std::uint64_t first, std::uint64_t seeds,
                                     const world_shape& shape);

std::string to_text(const std::vector<freshness_score>& scores);

}  // namespace freshet::app
