#include <algorithm>
#include <cassert>

#include "store/ledger/ledger.hpp"

// How marks, visitors and watchers reach a row, and the queue that it then stands in.

namespace freshet {

namespace {

std::int64_t key_of(mono_time t) { return t.time_since_epoch().count(); }

}  // namespace

sequence ledger::mark(page_ref page, const mark_request& request, mono_time now) {
  const sequence at = next_sequence();
  raise(page, at, request, now);
  return at;
}

void ledger::note_cause(ledger_row& r, const mark_request& request) {
  // An unserved event is what people ask about; a sweep that comes on top does not hide it.
  due_work& w = work(r);
  if (w.since != 0 && w.why == cause::event && request.why != cause::event) return;
  w.why = request.why;
  w.from = request.from;
}

void ledger::raise(page_ref page, sequence at, const mark_request& request, mono_time now) {
  assert(knows(page));
  ledger_row& r = rows_[page];
  const part_mask parts = request.parts & mask_of(r);
  bool news = false;
  const auto before = request.why == cause::sweep ? state(page) : freshness_state::stale;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    if (!((parts >> n) & 1)) continue;
    part_row& p = part(r, n);
    if (at > p.want) p.reread = false;  // what serves this reads it after that event, too
    p.want = std::max(p.want, at);
    news = news || p.stale();
  }
  // A slice of a wide mark may come after the refresh that already serves it, or while that is up.
  if (!news || (r.state == row_state::running && at <= work_of(r).token.want)) return;
  note_cause(r, request);
  const auto pause = note_floor(page, request);
  if (work(r).since == 0) work(r).before = before;
  if (raised_) raised_(page);
  if (request.lazy && !r.watched && request.in > lane::watched) return;
  due_work& w = work(r);
  w.due = w.since == 0 ? now + pause : std::min(w.due, now + pause);
  if (w.since == 0) w.since = at;
  w.queued = std::min(w.queued, request.in);
  if (r.state == row_state::running) return;
  const bool rearms = request.why == cause::event || request.why == cause::hand;
  if (r.state == row_state::parked && !rearms) return;
  if (r.state == row_state::parked && request.why == cause::event &&
      classes_[r.page].breaker_open) {
    return;
  }
  pull(r, request.why, now);
  enqueue(page, now);
}

void ledger::absorb(page_ref page, mono_time now) {
  if (wide_ == nullptr || !wide_->any()) return;
  std::vector<wide_wants::wide_want> wants;
  wide_->collect(page, wants);
  for (const auto& w : wants) raise(page, w.at, *w.what, now);
}

void ledger::ask(page_ref page, lane in, cause why, mono_time now) {
  assert(knows(page));
  asked(page, now);
  absorb(page, now);
  ledger_row& r = rows_[page];
  if (r.state == row_state::running || r.state == row_state::parked) {
    if (due_work& w = work(r); w.since != 0) w.queued = std::min(w.queued, in);
    return;
  }
  if (stale_parts(r) == 0) return;
  due_work& w = work(r);
  if (w.since == 0) {
    // Never marked: the question itself is the mark. Marked lazily: the number exists already.
    if (want_of(r) == 0) {
      mark(page, {.why = why, .in = in}, now);
      return;
    }
    w.since = want_of(r);
    w.due = now;
  }
  w.queued = std::min(w.queued, in);
  if (in == lane::visitor) w.due = std::min(w.due, now);  // there is nothing to serve meanwhile
  enqueue(page, now);
}

void ledger::asked(page_ref page, mono_time now) {
  rows_[page].asked = now;
  restart_every(page, now);
}

void ledger::watch(page_ref page, bool watched, mono_time now) {
  ledger_row& r = rows_[page];
  r.watched = watched;
  if (!watched) return;
  restart_every(page, now);
  ask(page, lane::watched, cause::miss, now);
}

void ledger::set_popularity(page_ref page, bool popular) {
  rows_[page].base = popular ? lane::popular : lane::rest;
}

void ledger::pull(ledger_row& r, cause why, mono_time now) {
  due_work& w = work(r);
  if (why == cause::hand) {
    w.backoff_until = now;
    w.attempts = 0;
    w.errors = 0;
    return;
  }
  if (why != cause::event || classes_[r.page].breaker_open) return;
  // At most one event in pull_every cuts the backoff short; Retry-After is never cut.
  const mono_time earliest = std::max({now, w.last_pull + limits_.pull_every, w.retry_at});
  if (earliest >= w.backoff_until) return;
  w.backoff_until = earliest;
  w.last_pull = earliest;
}

mono_time ledger::not_before(const ledger_row& r) const {
  const auto pause = classes_[r.page].policy.min_interval;
  mono_time at = std::max(work_of(r).due, work_of(r).backoff_until);
  if (pause.count() > 0 && built(r)) at = std::max(at, r.last_start + pause);
  return at;
}

lane ledger::lane_of(const ledger_row& r) const {
  // Nobody waits for what only a sweep asks for, be the page ever so popular.
  if (work_of(r).queued == lane::sweep) return lane::sweep;
  const lane own = r.watched ? lane::watched : r.base;
  return std::min(own, work_of(r).queued);
}

void ledger::leave_queue(page_ref page) {
  ledger_row& r = rows_[page];
  class_row& c = classes_[r.page];
  switch (r.state) {
    case row_state::waiting:
      c.waiting.remove(page);
      break;
    case row_state::ready:
      c.ready[static_cast<std::size_t>(work_of(r).ready_in)].remove(page);
      break;
    case row_state::parked:
      c.parked.remove(page);
      break;
    case row_state::running:
      leases_.remove(page);
      break;
    default:
      break;
  }
  r.state = row_state::idle;
}

void ledger::enqueue(page_ref page, mono_time now) {
  ledger_row& r = rows_[page];
  leave_queue(page);
  class_row& c = classes_[r.page];
  if (const mono_time at = not_before(r); at > now) {
    r.state = row_state::waiting;
    c.waiting.push(page, key_of(at));
    return;
  }
  r.state = row_state::ready;
  due_work& w = work(r);
  w.ready_in = lane_of(r);
  c.ready[static_cast<std::size_t>(w.ready_in)].push(page, static_cast<std::int64_t>(w.since));
}

}  // namespace freshet
