#include <algorithm>
#include <cassert>
#include <utility>

#include "store/ledger/ledger.hpp"

// claim, commit, fail: the life of one refresh.

namespace freshet {

bool ledger::promote(class_row& c, mono_time now, std::size_t slice) {
  while (!c.waiting.empty() && c.waiting.top().key <= now.time_since_epoch().count()) {
    if (slice-- == 0) return false;
    enqueue(c.waiting.top().page, now);
  }
  return true;
}

std::optional<page_ref> ledger::pop_ready(class_row& c, lane lowest, lane highest) {
  const auto first = static_cast<std::size_t>(highest);
  const auto lanes = static_cast<std::size_t>(lowest) + 1 - first;
  // Without this a flood of visitors would keep a page that nobody asks for stale for ever.
  const bool upwards = limits_.fair_every != 0 && (c.claims + 1) % limits_.fair_every == 0;
  for (std::size_t i = 0; i < lanes; ++i) {
    page_heap& heap = c.ready[first + (upwards ? lanes - 1 - i : i)];
    if (!heap.empty()) return heap.top().page;
  }
  return std::nullopt;
}

std::optional<claim> ledger::claim_next(class_id of, mono_time now, lane lowest, lane highest) {
  assert(highest <= lowest);
  class_row& c = classes_[of];
  promote(c, now, slice_pages);
  while (const auto page = pop_ready(c, lowest, highest)) {
    absorb(*page, now);
    ledger_row& r = rows_[*page];
    const part_mask parts = stale_parts(r);
    leave_queue(*page);
    if (parts == 0) {
      work(r).since = 0;
      drop_floor(work(r));
      rest(r);
      continue;
    }
    ++c.claims;
    return start(*page, parts, now);
  }
  return std::nullopt;
}

claim ledger::start(page_ref page, part_mask parts, mono_time now) {
  ledger_row& r = rows_[page];
  const class_row& c = classes_[r.page];
  due_work& w = work(r);
  claim out;
  out.ref = page;
  out.parts = parts;
  out.why = w.why;
  out.from = w.from;
  out.in = lane_of(r);
  out.deadline = now + c.policy.lease;
  out.due = w.due;
  w.token = {want_of(r), ++lease_};
  out.token = w.token;
  w.claimed = parts;
  w.claimed_generation = c.doubts.now();
  w.running_why = w.why;
  w.running_from = std::move(w.from);
  w.from.reset();
  w.since = 0;
  w.running_in = out.in;
  w.queued = lane::sweep;
  w.running_unsettled = std::exchange(w.unsettled, false);
  if (w.floor) out.floor = w.floor->claimed = w.floor->wants;
  out.before = w.before;
  r.last_start = now;
  r.state = row_state::running;
  leases_.push(page, out.deadline.time_since_epoch().count());
  return out;
}

bool ledger::holds(page_ref page, const claim_token& token) const {
  return knows(page) && rows_[page].state == row_state::running &&
         work_of(rows_[page]).token == token;
}

commit_outcome ledger::commit(page_ref page, const claim_token& token,
                              const commit_request& request, mono_time now) {
  if (!holds(page, token)) return {};
  absorb(page, now);
  ledger_row& r = rows_[page];
  due_work& w = work(r);
  // Who had no old bytes asked for every part: one that failed beyond the claim is not there now.
  const part_mask lost = request.bad & mask_of(r) & ~w.claimed;
  for (unsigned n = 0; n < parts_of(r); ++n)
    if ((lost >> n) & 1) part(r, n).fetched = false, part(r, n).have = 0;
  w.claimed |= lost;
  const part_mask claimed = w.claimed;
  const part_mask good = request.good & claimed & ~request.bad;
  const part_mask bad = request.bad & claimed;
  for (unsigned n = 0; n < parts_of(r); ++n)
    if ((bad >> n) & 1) note_failure(r, n, request.failure);
  const auto floor = judge_floor(w, request, now);
  take_good(r, good, floor, token.want);
  if (!floor.held) {
    r.have = std::max(r.have, have_of(r));
    if (request.changed) r.version = next_sequence();
    if (floor.settled || request.changed) r.floor_unmet = floor.unmet;
    if (good != 0) {
      r.served_why = w.running_why;
      // A look that found what was there does not hide the event that it came with.
      if (request.changed || w.running_why != cause::sweep) r.served_from = w.running_from;
      r.verified = request.verified;
      set_timer(page, request, now);
    }
  }
  const bool settles = w.running_unsettled && !floor.settled && !floor.pending && !request.changed;
  auto served = request;
  if (floor.held) served.good = 0;
  if (floor.pending) served.good &= ~floor.parts;
  settle_after(page, (claimed & ~good) != 0, served, now);
  if (settles) {
    // What was marked meanwhile is read again soon, perhaps too soon for that event.
    const part_mask again = good & stale_parts(r);
    if (again != 0) work(r).unsettled = true;
    if (good != again) plan_reread(page, good & ~again, now);
  }
  rest(r);
  const bool requeued = r.state == row_state::waiting || r.state == row_state::ready;
  return {true, r.version, requeued, floor.held, floor};
}

/// The parts that are as new as every mark up to `token`: fetched after those had arrived.
void ledger::take_good(ledger_row& r, part_mask good, const floor_verdict& floor, sequence token) {
  for (unsigned n = 0; n < parts_of(r); ++n) {
    part_row& p = part(r, n);
    if (!((good >> n) & 1)) continue;
    note_failure(r, n, nullptr);
    if (floor.held) continue;
    p.fetched = true;
    p.generation = work(r).claimed_generation;
    if (floor.pending && ((floor.parts >> n) & 1)) continue;  // shown, and known to be old
    assert(token >= p.have);
    p.have = std::min(p.want, token);
  }
}

bool ledger::fail(page_ref page, const claim_token& token, commit_request request, mono_time now) {
  if (!holds(page, token)) return false;
  absorb(page, now);
  ledger_row& r = rows_[page];
  request.good = 0;
  const part_mask bad = request.bad & work(r).claimed;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    if ((bad >> n) & 1) note_failure(r, n, request.failure);
  }
  settle_after(page, true, request, now);
  rest(r);
  return true;
}

void ledger::settle_after(page_ref page, bool failed, const commit_request& request,
                          mono_time now) {
  ledger_row& r = rows_[page];
  due_work& w = work(r);
  leave_queue(page);
  const bool event_came = w.since != 0;
  const part_mask stale = stale_parts(r);
  const part_mask unserved = stale & w.claimed & (~request.good | request.bad);
  if (!failed) {
    w.attempts = 0;
    w.errors = 0;
    w.retry_at = {};
  }
  const bool spent = failed && back_off(r, request.counts_against_page, request.retry_at, now);
  if (stale == 0 || (!event_came && unserved == 0)) {
    // Fresh, or only a lazy mark is left.
    w.since = 0;
    if (!failed) w.backoff_until = {};
    return;
  }
  if (!event_came) {
    // Behind those that wait for their first try: a page that its upstream cannot serve must not
    // be tried before each of them.
    w.since = next_sequence();
    w.due = w.floor ? std::max(now, w.floor->retry_at) : now;
    w.why = w.running_why;
    w.from = w.running_from;
    w.queued = std::min(w.queued, std::max(w.running_in, lane::rest));
  }
  w.unsettled |= w.running_unsettled && unserved != 0;
  if (spent) {
    park(page, now);
  } else {
    enqueue(page, now);
  }
}

bool ledger::back_off(ledger_row& r, bool counts, std::optional<mono_time> retry_at,
                      mono_time now) {
  due_work& w = work(r);
  const unsigned doublings = std::min<unsigned>(w.attempts, 20);
  w.attempts = static_cast<std::uint8_t>(std::min<unsigned>(w.attempts + 1u, 20));
  const auto longest = std::min(limits_.backoff_first * (std::int64_t{1} << doublings),
                                std::chrono::nanoseconds{limits_.backoff_max});
  std::uniform_int_distribution<std::int64_t> jitter(0, longest.count());
  w.backoff_until = now + std::chrono::nanoseconds{jitter(random_)};
  w.retry_at = retry_at.value_or(mono_time{});
  w.backoff_until = std::max(w.backoff_until, w.retry_at);
  if (!counts) return false;
  if (w.errors == 0 || now - w.window_start >= std::chrono::hours{1}) {
    w.window_start = now;
    w.errors = 0;
  }
  w.errors = static_cast<std::uint8_t>(std::min<unsigned>(w.errors + 1u, 255));
  return w.errors >= limits_.errors_per_hour;
}

void ledger::park(page_ref page, mono_time now) {
  ledger_row& r = rows_[page];
  r.state = row_state::parked;
  due_work& w = work(r);
  w.backoff_until = std::max(now + limits_.park_for, w.retry_at);
  classes_[r.page].parked.push(page, w.backoff_until.time_since_epoch().count());
}

}  // namespace freshet
