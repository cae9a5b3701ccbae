#include <algorithm>

#include "store/ledger/ledger.hpp"

// Everything that happens because time passed: leases, timers, parked pages.

namespace freshet {

namespace {

std::int64_t key_of(mono_time t) { return t.time_since_epoch().count(); }
mono_time time_of(std::int64_t key) { return mono_time{mono_time::duration{key}}; }

}  // namespace

ledger::reaped ledger::reap(mono_time now) {
  reaped out;
  while (!leases_.empty() && leases_.top().key <= key_of(now)) {
    const page_ref page = leases_.top().page;
    out.expired.push_back(page);
    // Nobody knows what became of that refresh; the page is not to blame.
    commit_request lost;
    lost.counts_against_page = false;
    fail(page, rows_[page].token, lost, now);
  }
  while (!timers_.empty() && timers_.top().key <= key_of(now)) fire_timer(timers_.pop(), now, out);
  for (auto& c : classes_) {
    while (!c.parked.empty() && c.parked.top().key <= key_of(now)) {
      const page_ref page = c.parked.top().page;
      ledger_row& r = rows_[page];
      r.errors = 0;
      r.attempts = 0;
      r.backoff_until = now;
      enqueue(page, now);
      ++out.rearmed;
    }
    promote(c, now);
  }
  return out;
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
  }
  return next;
}

std::size_t ledger::rearm(class_id of, mono_time now, std::chrono::nanoseconds spread) {
  class_row& c = classes_[of];
  std::vector<page_ref> pages;
  for (const auto& n : c.parked.nodes()) pages.push_back(n.page);
  for (const auto& n : c.waiting.nodes()) {
    if (rows_[n.page].backoff_until > now) pages.push_back(n.page);
  }
  std::sort(pages.begin(), pages.end());
  std::uniform_int_distribution<std::int64_t> jitter(0, std::max<std::int64_t>(spread.count(), 0));
  for (const page_ref page : pages) {
    ledger_row& r = rows_[page];
    const mono_time paced = now + std::chrono::nanoseconds{jitter(random_)};
    r.errors = 0;
    r.attempts = 0;
    r.backoff_until = r.state == row_state::parked ? paced : std::min(r.backoff_until, paced);
    r.backoff_until = std::max(r.backoff_until, r.retry_at);
    enqueue(page, now);
  }
  return pages.size();
}

void ledger::set_timer(page_ref page, const commit_request& request, mono_time now) {
  ledger_row& r = rows_[page];
  const page_policy& policy = classes_[r.page].policy;
  if (timer_places_[page] != page_heap::nowhere) timers_.remove(page);
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
  const auto place = timer_places_[page];
  if (place == page_heap::nowhere) return std::nullopt;
  return time_of(timers_.nodes()[place].key);
}

void ledger::restart_every(page_ref page, mono_time now) {
  ledger_row& r = rows_[page];
  const page_policy& policy = classes_[r.page].policy;
  if (policy.every.count() <= 0 || timer_places_[page] != page_heap::nowhere || !built(r)) return;
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
