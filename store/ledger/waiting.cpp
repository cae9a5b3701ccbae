#include <algorithm>

#include "store/ledger/ledger.hpp"

// Everything that happens because time passed: leases, timers, parked pages.

namespace freshet {

namespace {

std::int64_t key_of(mono_time t) { return t.time_since_epoch().count(); }
mono_time time_of(std::int64_t key) { return mono_time{mono_time::duration{key}}; }

}  // namespace

ledger::reaped ledger::reap(mono_time now, std::size_t slice) {
  reaped out;
  const auto due = [now](const page_heap& in) {
    return !in.empty() && in.top().key <= key_of(now);
  };
  while (due(leases_) && out.expired.size() < slice) {
    const page_ref page = leases_.top().page;
    out.expired.push_back(page);
    // Nobody knows what became of that refresh; the page is not to blame.
    commit_request lost;
    lost.counts_against_page = false;
    fail(page, work_of(rows_[page]).token, lost, now);
  }
  for (std::size_t n = 0; due(timers_) && n < slice; ++n) fire_timer(timers_.pop(), now, out);
  out.more = due(leases_) || due(timers_);
  for (std::size_t of = 0; of < classes_.size(); ++of) {
    class_row& c = classes_[of];
    out.more |= !reap_parked(c, now, slice, out);
    out.more |= !rearm_rows(c, static_cast<class_id>(of), now, slice);
    out.more |= !reap_rereads(c, static_cast<class_id>(of), now, slice, out);
    out.more |= !promote(c, now, slice);
  }
  return out;
}

bool ledger::reap_parked(class_row& c, mono_time now, std::size_t slice, reaped& out) {
  while (!c.parked.empty() && c.parked.top().key <= key_of(now)) {
    if (slice-- == 0) return false;
    const page_ref page = c.parked.top().page;
    due_work& w = work(rows_[page]);
    w.errors = 0;
    w.attempts = 0;
    w.backoff_until = now;
    enqueue(page, now);
    ++out.rearmed;
  }
  return true;
}

std::optional<mono_time> ledger::next_due() const {
  std::optional<mono_time> next;
  auto consider = [&next](const page_heap& heap) {
    if (heap.empty()) return;
    const mono_time at = time_of(heap.top().key);
    if (!next || at < *next) next = at;
  };
  consider(leases_);
  consider(timers_);
  for (const auto& c : classes_) {
    consider(c.waiting);
    consider(c.parked);
    if (!c.rereads.empty() && (!next || c.rereads.front().at < *next)) next = c.rereads.front().at;
  }
  return next;
}

void ledger::rearm(class_id of, mono_time now, std::chrono::nanoseconds spread) {
  class_row& c = classes_[of];
  c.rearm_spread = std::max(spread, std::chrono::nanoseconds{0});
  c.rearm_next = 0;  // a walk that is up starts over
  rearm_rows(c, of, now, slice_pages);
}

bool ledger::rearm_rows(class_row& c, class_id of, mono_time now, std::size_t rows) {
  if (c.rearm_next == no_page) return true;
  std::uniform_int_distribution<std::int64_t> jitter(0, c.rearm_spread.count());
  for (; c.rearm_next < rows_.size(); ++c.rearm_next) {
    if (rows-- == 0) return false;
    const page_ref page = c.rearm_next;
    ledger_row& r = rows_[page];
    if (r.page != of || (r.state != row_state::parked && r.state != row_state::waiting)) continue;
    due_work& w = work(r);
    if (r.state == row_state::waiting && w.backoff_until <= now) continue;
    const mono_time paced = now + std::chrono::nanoseconds{jitter(random_)};
    w.errors = 0;
    w.attempts = 0;
    w.backoff_until = r.state == row_state::parked ? paced : std::min(w.backoff_until, paced);
    w.backoff_until = std::max(w.backoff_until, w.retry_at);
    enqueue(page, now);
  }
  c.rearm_next = no_page;
  return true;
}

void ledger::set_timer(page_ref page, const commit_request& request, mono_time now) {
  ledger_row& r = rows_[page];
  const page_policy& policy = classes_[r.page].policy;
  if (timer_places_[page].at != page_heap::nowhere) timers_.remove(page);
  std::optional<mono_time> at;
  r.timer_is_every = false;
  r.timer_is_lazy = false;
  if (request.until && *request.until > now) at = *request.until;
  if (request.negative && policy.negative.count() > 0 && (!at || now + policy.negative < *at)) {
    at = now + policy.negative;
    r.timer_is_lazy = true;  // a page that does not exist is asked for again only if somebody comes
  }
  if (policy.every.count() > 0 && (!at || now + policy.every < *at)) {
    at = now + policy.every;
    r.timer_is_every = true;
    r.timer_is_lazy = false;
  }
  if (at) timers_.push(page, key_of(*at));
}

std::optional<mono_time> ledger::timer(page_ref page) const {
  const auto place = timer_places_[page].at;
  if (place == page_heap::nowhere) return std::nullopt;
  return time_of(timers_[place].key);
}

void ledger::restart_every(page_ref page, mono_time now) {
  ledger_row& r = rows_[page];
  const page_policy& policy = classes_[r.page].policy;
  if (policy.every.count() <= 0 || timer_places_[page].at != page_heap::nowhere || !built(r))
    return;
  r.timer_is_every = true;
  r.timer_is_lazy = false;
  timers_.push(page, key_of(std::max(now, r.last_start + policy.every)));
}

void ledger::fire_timer(page_ref page, mono_time now, reaped& out) {
  ledger_row& r = rows_[page];
  // A page that nobody looks at stops; the next visitor or watcher starts the timer again.
  if (r.timer_is_every && !r.watched && now - r.asked >= classes_[r.page].policy.idle) {
    out.stopped.push_back(page);
    return;
  }
  out.timers.push_back(page);
  mark(page, {.why = cause::timer, .lazy = r.timer_is_lazy}, now);
}

}  // namespace freshet
