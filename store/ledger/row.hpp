#pragma once

#include <memory>
#include <vector>

#include "store/ledger/claim.hpp"
#include "store/ledger/floor_wait.hpp"

namespace freshet {

/// One part of one page: the newest mark and the mark that the bytes are as new as.
struct part_row {
  sequence want = 0;
  sequence have = 0;
  std::uint32_t generation = 0;  // of the class, when the bytes were fetched
  bool fetched = false;          // even when nobody ever marked the part alone
  bool reread = false;           // planned: an event may have been ahead of its bytes
  bool stale() const { return want > have || !fetched; }
};

/// QUEUED of the design is `waiting` (for a time) or `ready` (for a free connector).
enum class row_state : std::uint8_t { unknown, idle, waiting, ready, running, parked };

/// What is only known of a page while there is something to do about it. Most of a million pages
/// are at rest, and a page at rest has none.
struct due_work {
  lane queued = lane::sweep;  // of the work that is queued: of all marks the most urgent
  lane running_in = lane::rest;
  lane ready_in = lane::rest;
  cause why = cause::miss;  // of the unserved marks
  cause running_why = cause::miss;
  freshness_state before = freshness_state::stale;  // a sweep marked it
  bool unsettled = false;  // an event named it whose data may come after it
  bool running_unsettled = false;
  std::uint8_t attempts = 0;  // failures in a row, for the backoff
  std::uint8_t errors = 0;    // against the page since window_start
  part_mask claimed = 0;
  std::uint32_t claimed_generation = 0;
  sequence since = 0;  // first unserved mark that somebody should act on; 0 = none
  claim_token token;
  mono_time due{};            // the first unserved event + its coalesce
  mono_time backoff_until{};  // after a failure
  mono_time retry_at{};       // the upstream said: not before
  mono_time last_pull{};      // the last time an event cut the backoff short
  mono_time window_start{};
  origin_ptr from;
  origin_ptr running_from;
  std::unique_ptr<floor_wait> floor;                   // null: no floor is pending
  std::vector<std::shared_ptr<const error>> failures;  // by part, of the last attempt; or empty
};

/// The ledger's line about one page. The ledger alone reads it.
struct ledger_row {
  class_id page = 0;
  row_state state = row_state::unknown;
  lane base = lane::rest;  // popularity
  bool watched : 1 = false;
  bool timer_is_every : 1 = false;
  bool timer_is_lazy : 1 = false;
  bool floor_unmet : 1 = false;  // what is served was taken though it did not show its floor
  cause served_why = cause::miss;
  sequence version = 0;
  sequence have = 0;  // every mark up to here is in the bytes, whatever part it named
  mono_time last_start{};
  mono_time asked{};
  wall_time verified{};
  origin_ptr served_from;
  part_row first;
  std::unique_ptr<part_row[]> more;  // parts 1..n-1; most pages have one part
  std::unique_ptr<due_work> work;
};

}  // namespace freshet
