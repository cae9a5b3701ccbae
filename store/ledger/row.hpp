#pragma once

#include <memory>

#include "store/ledger/claim.hpp"

namespace freshet {

/// One part of one page: the newest mark, the mark that the bytes are as new as, the last error.
struct part_row {
  sequence want = 0;
  sequence have = 0;
  std::uint32_t generation = 0;  // of the class, when the bytes were fetched
  bool fetched = false;          // even when nobody ever marked the part alone
  std::shared_ptr<const error> failure;
  bool stale() const { return want > have || !fetched; }
};

/// QUEUED of the design is `waiting` (for a time) or `ready` (for a free connector).
enum class row_state : std::uint8_t { unknown, idle, waiting, ready, running, parked };

/// The ledger's line about one page. The ledger alone reads it.
struct ledger_row {
  class_id page = 0;
  row_state state = row_state::unknown;
  lane base = lane::rest;    // popularity
  lane queued = lane::rest;  // of the work that is queued
  lane ready_in = lane::rest;
  bool watched = false;
  bool timer_is_every = false;
  bool timer_is_lazy = false;
  std::uint8_t attempts = 0;  // failures in a row, for the backoff
  std::uint8_t errors = 0;    // against the page since window_start
  cause why = cause::miss;    // of the unserved marks
  cause running_why = cause::miss;
  cause served_why = cause::miss;
  part_mask claimed = 0;
  std::uint32_t claimed_generation = 0;
  sequence version = 0;
  sequence have = 0;   // every mark up to here is in the bytes, whatever part it named
  sequence since = 0;  // first unserved mark that somebody should act on; 0 = none
  claim_token token;
  mono_time due{};            // the first unserved event + its coalesce
  mono_time backoff_until{};  // after a failure
  mono_time retry_at{};       // the upstream said: not before
  mono_time last_pull{};      // the last time an event cut the backoff short
  mono_time last_start{};
  mono_time window_start{};
  mono_time asked{};
  wall_time verified{};
  origin_ptr from;
  origin_ptr running_from;
  origin_ptr served_from;
  part_row first;
  std::unique_ptr<part_row[]> more;  // parts 1..n-1; most pages have one part
};

}  // namespace freshet
