#include "store/ledger/ledger.hpp"

#include <algorithm>
#include <cassert>

namespace freshet {

const due_work ledger::at_rest{};

ledger::ledger(sequence first, std::uint64_t seed, ledger_limits limits)
    : limits_(limits),
      last_(first > 0 ? first - 1 : 0),
      random_(seed),
      leases_(places_),
      timers_(timer_places_) {}

void ledger::add_class(class_id page, page_policy policy) {
  assert(page == classes_.size());
  assert(policy.parts >= 1 && policy.parts <= parts_max);
  static_cast<void>(page);
  classes_.emplace_back(policy, places_);
}

void ledger::add(page_ref page, class_id of, sequence version) {
  assert(!knows(page) && of < classes_.size());
  places_.grow_to(page);
  timer_places_.grow_to(page);
  ledger_row& r = rows_.grow_to(page);
  r.page = of;
  r.state = row_state::idle;
  r.version = version;
  last_ = std::max(last_, version);
  if (const unsigned parts = classes_[of].policy.parts; parts > 1) {
    r.more = std::make_unique<part_row[]>(parts - 1);
    more_bytes_ += heap_bytes((parts - 1) * sizeof(part_row));
  }
}

void ledger::restore(page_ref page, const freshness& was) {
  ledger_row& r = rows_[page];
  r.version = was.version;
  r.verified = was.verified;
  r.served_why = was.why;
  r.served_from = was.from;
  r.floor_unmet = was.floor_unmet;
  last_ = std::max({last_, was.version, was.want});
  if (was.parts.size() != parts_of(r)) return;  // made of other parts now: nothing is as new as it
  for (unsigned n = 0; n < parts_of(r); ++n) {
    part_row& p = part(r, n);
    p.have = was.parts[n].have;
    p.want = std::max({p.want, was.parts[n].want, p.have});
    p.fetched = p.have > 0;
    if (was.parts[n].failure) note_failure(r, n, was.parts[n].failure);
    const auto& doubts = classes_[r.page].doubts;
    const bool doubted = was.parts[n].state == freshness_state::unverified;
    p.generation = doubted ? doubts.bad() : doubts.good();
  }
  r.have = was.have != 0 ? was.have : have_of(r);
}

void ledger::forget(page_ref page) {
  if (!knows(page)) return;
  ledger_row& r = rows_[page];
  leave_queue(page);
  if (timer_places_[page].at != page_heap::nowhere) timers_.remove(page);
  more_bytes_ -= heap_bytes((parts_of(r) - 1) * sizeof(part_row));
  drop_work(r);
  r = ledger_row{};
}

due_work& ledger::work(ledger_row& r) {
  if (!r.work) {
    r.work = std::make_unique<due_work>();
    more_bytes_ += heap_bytes(sizeof(due_work));
  }
  return *r.work;
}

void ledger::rest(ledger_row& r) {
  if (!r.work || r.state != row_state::idle) return;
  const due_work& w = *r.work;
  const bool blank = w.since == 0 && w.attempts == 0 && w.errors == 0 &&
                     w.retry_at == mono_time{} && w.backoff_until == mono_time{} && !w.floor &&
                     stale_parts(r) == 0;
  if (!blank) return;
  for (const auto& failure : w.failures)
    if (failure) return;
  drop_work(r);
}

void ledger::drop_work(ledger_row& r) {
  if (!r.work) return;
  drop_floor(*r.work);
  more_bytes_ -= heap_bytes(sizeof(due_work)) +
                 heap_bytes(r.work->failures.capacity() * sizeof(r.work->failures[0]));
  r.work.reset();
}

void ledger::note_failure(ledger_row& r, unsigned part, std::shared_ptr<const error> failure) {
  if (!failure && work_of(r).failures.empty()) return;
  auto& all = work(r).failures;
  if (all.empty()) {
    all.resize(parts_of(r));
    more_bytes_ += heap_bytes(all.capacity() * sizeof(all[0]));
  }
  all[part] = std::move(failure);
}

sequence ledger::next_sequence() {
  ++last_;
  assert(last_ < (sequence{1} << 53));
  return last_;
}

part_mask ledger::mask_of(const ledger_row& r) const {
  return all_parts >> (parts_max - parts_of(r));
}

part_mask ledger::stale_parts(const ledger_row& r) const {
  part_mask stale = 0;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    if (part(r, n).stale()) stale |= part_mask{1} << n;
  }
  return stale;
}

sequence ledger::want_of(const ledger_row& r) const {
  sequence want = 0;
  for (unsigned n = 0; n < parts_of(r); ++n) want = std::max(want, part(r, n).want);
  return want;
}

sequence ledger::have_of(const ledger_row& r) const {
  // A part that no later mark concerns is as new as the page's newest mark.
  sequence have = want_of(r);
  for (unsigned n = 0; n < parts_of(r); ++n) {
    if (part(r, n).stale()) have = std::min(have, part(r, n).have);
  }
  return have;
}

bool ledger::built(const ledger_row& r) const {
  for (unsigned n = 0; n < parts_of(r); ++n) {
    if (part(r, n).fetched) return true;
  }
  return false;
}

sequence ledger::wide_want_of(page_ref page, unsigned n) const {
  if (wide_ == nullptr || !wide_->any()) return 0;
  std::vector<wide_wants::wide_want> wants;
  wide_->collect(page, wants);
  sequence newest = 0;
  for (const auto& w : wants) {
    if ((w.what->parts >> n) & 1) newest = std::max(newest, w.at);
  }
  return newest;
}

freshness ledger::status(page_ref page) const {
  const ledger_row& r = rows_[page];
  const auto& doubts = classes_[r.page].doubts;
  freshness f;
  f.page = r.page;
  f.version = r.version;
  f.verified = r.verified;
  f.why = r.served_why;
  f.from = r.served_from;
  const due_work& w = work_of(r);
  f.next_why = r.state == row_state::running ? w.running_why : w.why;
  f.retrying = w.attempts > 0;
  if (w.floor) {
    f.floor = w.floor->wants;
    f.floor_looks = w.floor->looked;
  }
  f.floor_unmet = r.floor_unmet;
  f.running = r.state == row_state::running;
  f.queued = r.state == row_state::waiting || r.state == row_state::ready;
  if (f.queued) f.next = not_before(r);
  if (r.state == row_state::parked) f.next = w.backoff_until;
  f.state = freshness_state::fresh;
  bool stale = false;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    const part_row& p = part(r, n);
    f.reread |= p.reread;
    part_freshness& out = f.parts.emplace_back();
    out.want = std::max(p.want, wide_want_of(page, n));
    out.have = p.have;
    if (n < w.failures.size()) out.failure = w.failures[n];
    out.state = out.want > out.have || !p.fetched ? freshness_state::stale : freshness_state::fresh;
    if (out.state == freshness_state::stale) {
      stale = true;
      if (r.state == row_state::parked) out.state = freshness_state::parked;
    }
    if (p.fetched && doubts.unverified(p.generation))
      out.state = std::max(out.state, freshness_state::unverified);
    f.state = std::max(f.state, out.state);
    f.want = std::max(f.want, out.want);
  }
  f.have = stale ? r.have : f.want;
  return f;
}

freshness_state ledger::state(page_ref page) const {
  const ledger_row& r = rows_[page];
  if (r.state == row_state::parked) return freshness_state::parked;
  freshness_state worst = freshness_state::fresh;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    const part_row& p = part(r, n);
    if (p.fetched && classes_[r.page].doubts.unverified(p.generation)) {
      return freshness_state::unverified;
    }
    if (p.stale() || wide_want_of(page, n) > p.have) worst = freshness_state::stale;
  }
  return worst;
}

bool ledger::in_doubt(page_ref page) const {
  const ledger_row& r = rows_[page];
  for (unsigned n = 0; n < parts_of(r); ++n) {
    const part_row& p = part(r, n);
    if (p.fetched && classes_[r.page].doubts.doubted(p.generation)) return true;
  }
  return false;
}

std::size_t ledger::ready(class_id of) const {
  std::size_t n = 0;
  for (const auto& heap : classes_[of].ready) n += heap.size();
  return n;
}

std::size_t ledger::queued() const {
  std::size_t n = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    n += classes_[c].waiting.size() + ready(static_cast<class_id>(c));
  }
  return n;
}

std::size_t ledger::parked() const {
  std::size_t n = 0;
  for (const auto& c : classes_) n += c.parked.size();
  return n;
}

std::optional<sequence> ledger::oldest_claim() const {
  std::optional<sequence> oldest;
  for (std::size_t n = 0; n < leases_.size(); ++n) {
    const sequence want = work_of(rows_[leases_[n].page]).token.want;
    if (!oldest || want < *oldest) oldest = want;
  }
  return oldest;
}

std::size_t ledger::bytes() const {
  std::size_t n = rows_.bytes() + more_bytes_ + places_.bytes() + timer_places_.bytes() +
                  leases_.bytes() + timers_.bytes();
  for (const auto& c : classes_) {
    n += c.waiting.bytes() + c.parked.bytes() + c.rereads.size() * sizeof(reread);
    for (const auto& heap : c.ready) n += heap.bytes();
  }
  return n;
}

}  // namespace freshet
