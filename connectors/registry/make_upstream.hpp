#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/upstream/demo/demo_world.hpp"
#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "core/async/worker_thread.hpp"
#include "core/config/settings.hpp"

namespace freshet {

class event_feed;
class search_index;

/// What every connector of one process shares.
struct connector_environment {
  boost::asio::io_context::executor_type ex;
  const clock& time;
  std::shared_ptr<demo_world> world;  // of the demo bus and its upstreams
  std::uint64_t seed = 1;
  /// Outlives every connector; null: large answers are read on the loop.
  worker_thread* heavy = nullptr;
  event_feed* feed = nullptr;     // null: there are no events to be kept
  search_index* finds = nullptr;  // null: nothing is found
};

/// The upstream that the settings describe, behind its limits.
///
/// Errors: a secret that cannot be read, a certificate, a URL; the detail names the upstream.
result<std::unique_ptr<guarded_upstream>> make_upstream(const connector_environment& with,
                                                        const config::upstream_settings& settings);

}  // namespace freshet
