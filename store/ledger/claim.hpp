#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/select/page_floor.hpp"
#include "store/entry.hpp"
#include "store/ledger/cause.hpp"
#include "store/ledger/freshness.hpp"

namespace freshet {

/// A set of parts of one page; bit n = the n-th `fetch`.
using part_mask = std::uint32_t;
inline constexpr unsigned parts_max = 32;
inline constexpr part_mask all_parts = ~part_mask{0};

/// The right to refresh a page once. `want` is the newest mark when the refresh began; `lease` is
/// never given twice, so that a refresh that lost its lease cannot pass for the one that has it
/// now.
struct claim_token {
  sequence want = 0;
  std::uint64_t lease = 0;
  bool operator==(const claim_token&) const = default;
};

struct claim {
  page_ref ref = no_page;
  claim_token token;
  part_mask parts = 0;  // what to fetch; the others are fresh
  cause why = cause::event;
  origin_ptr from{};
  lane in = lane::rest;
  mono_time deadline;
  mono_time due{};    // the first unserved event + its coalesce
  floor_ptr floor{};  // what the page has to show; null = nothing
  // What the page said of itself when a sweep marked it.
  freshness_state before = freshness_state::stale;
};

/// What a mark asks for beside its page.
struct mark_request {
  part_mask parts = all_parts;
  cause why = cause::event;
  origin_ptr from{};
  std::chrono::nanoseconds coalesce{0};  // start this long after the first unserved event
  bool lazy = false;                     // stale at once, refreshed when asked or watched
  lane in = lane::rest;
  floor_ptr floor{};        // what the page must show before it counts as refreshed for this
  bool floor_here = false;  // on the page itself, though it be a variant of another
  bool settled = false;     // its data are there: the same bytes again need no second look
};

/// How a refresh ended. A part in neither mask keeps its bytes and is queued again if it is stale.
struct commit_request {
  part_mask good = 0;
  part_mask bad = 0;
  std::shared_ptr<const error> failure{};  // of the bad parts
  bool counts_against_page = true;         // false: the upstream was in trouble, not this page
  std::optional<mono_time> retry_at{};     // Retry-After
  bool changed = false;                    // the content's hash differs: a new version
  bool negative = false;                   // the content is a 404 or 410
  bool floor_met = true;                   // it shows what the claim's floor asks for
  bool has_content = true;                 // there is something to serve meanwhile
  std::optional<mono_time> until{};        // the page says when it changes by the clock
  wall_time verified{};
};

/// What a body means for the floor that its refresh was claimed with.
struct floor_verdict {
  bool pending = false;  // not shown: look again
  bool held = false;     // and what is served stays as it is
  bool settled = false;  // shown, or given up
  bool unmet = false;    // given up
  part_mask parts = 0;
};

struct commit_outcome {
  bool accepted = false;  // false: the lease was lost; throw the body away
  sequence version = 0;
  bool requeued = false;  // an event came meanwhile, or a part failed
  bool held = false;      // the floor is not reached: throw the body away, what is served stays
  floor_verdict floor{};
};

}  // namespace freshet
