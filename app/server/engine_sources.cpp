#include <algorithm>
#include <unordered_set>

#include "app/server/engine.hpp"
#include "connectors/upstream/events/event_feed.hpp"
#include "connectors/upstream/search/search_index.hpp"

// What an engine has to do with upstreams of the kinds `events` and `search`.

namespace freshet::app {

bool engine::keeps_events() const {
  return feed_ != nullptr && std::ranges::any_of(settings_.upstreams, [](const auto& upstream) {
           return upstream.kind == "events";
         });
}

/// Into the list of each value that tags gave to the event just matched.
void engine::keep_newest(const event& e, wall_time received) {
  std::shared_ptr<const fed_event> what;
  for (const auto& upstream : settings_.upstreams) {
    if (upstream.kind != "events") continue;
    std::unordered_set<std::string_view> told;  // an event may give thousands
    for (const auto& value : rules_->given_as(upstream.by)) {
      if (!told.insert(value).second) continue;
      if (!what) what = std::make_shared<const fed_event>(fed_event::from(e, received));
      feed_->add({upstream.name, value, upstream.keep, what});
    }
  }
}

/// No position that is written is ahead of an event that the feeds have not written yet.
std::vector<saved_cursor> engine::written_cursors() {
  if (!keeps_events()) return cursors();
  if (!std::exchange(sample_->asked, true))
    feed_->when_written([kept = sample_, is = cursors()] {
      kept->cursors = is;
      kept->asked = false;
    });
  return sample_->cursors;
}

std::function<void(std::function<void()>)> engine::durability(journal* kept_by) {
  if (kept_by == nullptr) return {};
  return [this, kept_by](std::function<void()> call) {
    if (!keeps_events()) return kept_by->when_durable(std::move(call));
    feed_->when_written(
        [kept_by, call = std::move(call)] { kept_by->when_durable(std::move(call)); });
  };
}

}  // namespace freshet::app
