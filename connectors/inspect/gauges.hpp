#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/observe/metrics.hpp"
#include "store/change.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Figures that are asked when /metrics is read, on home.
///
/// Lifetime: the store outlives every scrape.
struct gauge_sources {
  const page_store& store;
  std::function<std::uint64_t()> sse_subscribers;  // sums over all loops
  std::function<std::uint64_t()> sse_events;
  std::string version;
};
void register_gauges(metrics& m, gauge_sources from);

/// The hook `first_sent` of an SSE hub: freshet_event_to_push_seconds, from the event's arrival to
/// the first frame that leaves for it. One per hub: each loop makes its own.
std::function<void(const change&)> observe_event_to_push(metrics& m, const clock& time);

}  // namespace freshet
