#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "connectors/upstream/events/event_feed.hpp"
#include "connectors/upstream/search/search_index.hpp"

namespace freshet::app {

class engine;

/// What upstreams of the kinds `events` and `search` answer from: both outlive every engine, for a
/// reload changes what is asked, not what happened.
///
/// Shape:    beside the journal `state` lie `state-events` and `state-search`; without one they are
///           in memory, each at most an eighth of `memory`. A file is made when the first
///           configuration needs it.
/// Lifetime: close() must have been awaited before the destructor.
/// Threads:  home loop only.
struct own_sources {
  own_sources(asio::io_context::executor_type ex, const clock& time,
              const config::settings& settings, metrics& m, const task_scope::sink& on_error);

  /// Searches find the pages of this engine from now on.
  void follow(const engine& now);
  asio::awaitable<void> close();
  /// What cannot be written, one sentence each.
  std::vector<std::string> troubles() const;

  event_feed feed;
  search_index finds;
};

}  // namespace freshet::app
