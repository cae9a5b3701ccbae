#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/catchup/stream_report.hpp"
#include "connectors/ingest/ingest.hpp"
#include "connectors/refresh/refresh_history.hpp"
#include "connectors/sweep/drift_book.hpp"
#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/config/settings.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Everything that the admin listener may look at or ask for.
struct inspected {
  const config::settings& settings;
  page_store& store;
  const refresh_history& history;
  const ingest& events;
  metrics& counts;
  const clock& time;
  std::vector<const guarded_upstream*> upstreams;  // by settings.upstreams; null = not started
  /// Streams that name this page, on all loops.
  std::function<std::size_t(std::string_view canonical)> subscribers;
  std::function<result<std::string>()> reload;
  /// How whole the stream of a bus is. May be empty.
  std::function<stream_report(std::size_t bus)> stream = {};
  locker* kept = nullptr;  // null: nothing is locked away
  /// Hands a locked event to its bus once more; false when it is in the locker again.
  std::function<bool(locked_event)> give_again{};
  /// A rebuild or purge has pages left: call tick() soon.
  std::function<void()> work;
  /// What else keeps the server from its best, a sentence each. May be empty.
  std::function<std::vector<std::string>()> troubles{};
  const drift_book* drifts = nullptr;  // null: nothing is swept
};

}  // namespace freshet
