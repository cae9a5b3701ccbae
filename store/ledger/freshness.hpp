#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/select/page_floor.hpp"
#include "store/entry.hpp"
#include "store/ledger/cause.hpp"

namespace freshet {

/// How much a page can be believed; a later one is worse.
enum class freshness_state : std::uint8_t { fresh, stale, unverified, parked };

struct part_freshness {
  freshness_state state = freshness_state::stale;
  sequence have = 0;
  sequence want = 0;
  std::shared_ptr<const error> failure;  // of the last attempt; null when it went well
};

/// What is told about a page beside its content: the Freshness field and `explain`.
///
/// Shape: `have == want` exactly when every part is fresh. `next` is when the queue will look at
///        the page again; absent when nothing is due or a refresh is up.
struct freshness {
  class_id page = 0;
  freshness_state state = freshness_state::stale;
  sequence version = 0;
  sequence have = 0;
  sequence want = 0;
  wall_time verified{};
  cause why = cause::miss;  // of the last good refresh
  origin_ptr from;
  bool running = false;
  bool queued = false;
  std::optional<mono_time> next;
  cause next_why = cause::miss;  // of the work that is queued or up
  bool retrying = false;         // the last attempts failed
  floor_ptr floor;               // what it has to show and does not yet; null = nothing
  unsigned floor_looks = 0;      // so often it was looked for
  bool floor_unmet = false;      // what is served was taken without it
  bool reread = false;           // it is read once more, for an event may have been ahead of it
  std::vector<part_freshness> parts;

  /// A part of it is older than its newest mark, or was never fetched. (`have` alone does not say:
  /// it never goes back.)
  bool behind() const {
    for (const auto& part : parts)
      if (part.want > part.have || part.state == freshness_state::stale) return true;
    return false;
  }
};

}  // namespace freshet
