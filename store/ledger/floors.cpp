#include <algorithm>
#include <array>
#include <utility>

#include "store/ledger/ledger.hpp"

// Events that come before their data: version floors, and the re-read of those without one.

namespace freshet {
namespace {

constexpr std::array<std::chrono::milliseconds, 4> floor_delays{
    std::chrono::milliseconds{500}, std::chrono::milliseconds{2'000},
    std::chrono::milliseconds{8'000}, std::chrono::milliseconds{30'000}};

}  // namespace

std::optional<std::chrono::nanoseconds> floor_delay(unsigned looked, std::mt19937_64& random) {
  if (looked >= floor_delays.size()) return std::nullopt;
  const std::chrono::nanoseconds about = floor_delays[looked];
  // A fifth to either side: pages of one event must not come back together.
  std::uniform_int_distribution<std::int64_t> jitter(-about.count() / 5, about.count() / 5);
  return about + std::chrono::nanoseconds{jitter(random)};
}

/// Notes what an event asks of the page. How long the refresh waits because of it.
std::chrono::nanoseconds ledger::note_floor(page_ref page, const mark_request& request) {
  ledger_row& r = rows_[page];
  due_work& w = work(r);
  auto role = request.floor ? floor_role::checked : floor_role::unchecked;
  if (request.floor && !request.floor_here && floor_role_) role = floor_role_(page);
  switch (role) {
    case floor_role::follows:
      return std::max(request.coalesce, limits_.follow_within);
    case floor_role::unchecked:
      w.unsettled |= request.why == cause::event && !request.settled;
      return request.coalesce;
    case floor_role::checked:
      break;
  }
  if (!w.floor) {
    w.floor = std::make_unique<floor_wait>();
    more_bytes_ += heap_bytes(sizeof(floor_wait));
  }
  floor_wait& f = *w.floor;
  f.parts |= request.parts & mask_of(r);
  if (f.wants == request.floor || (f.wants && f.wants->outranks(*request.floor)))
    return request.coalesce;
  f.renewed |= f.looked > 0;
  f.wants = request.floor;
  return request.coalesce;
}

void ledger::drop_floor(due_work& w) {
  if (w.floor) more_bytes_ -= heap_bytes(sizeof(floor_wait));
  w.floor.reset();
}

floor_verdict ledger::judge_floor(due_work& w, const commit_request& request, mono_time now) {
  if (!w.floor || !w.floor->claimed) return {};
  floor_wait& f = *w.floor;
  floor_verdict out{.parts = f.parts};
  const bool newer_came = f.claimed != f.wants;
  f.claimed = nullptr;
  if (request.floor_met) {
    out.settled = true;
    if (newer_came) {
      f.looked = 0;
      f.retry_at = {};
      f.renewed = false;
    } else {
      drop_floor(w);
    }
    return out;
  }
  out.pending = true;
  out.held = request.has_content;
  if (now < f.retry_at) return out;
  if (const auto delay = floor_delay(f.looked, random_)) {
    ++f.looked;
    f.retry_at = now + *delay;
    return out;
  }
  // What there is, is the best there is: it is shown. A floor that came in the meantime has the
  // looks still before it that every floor has.
  if (newer_came || f.renewed) {
    f.looked = 1;
    f.renewed = false;
    f.retry_at = now + *floor_delay(0, random_);
    out.held = false;
    return out;
  }
  drop_floor(w);
  return {.settled = true, .unmet = true, .parts = out.parts};
}

/// An event whose refresh brought what was there already may have been ahead of its data.
void ledger::plan_reread(page_ref page, part_mask parts, mono_time now) {
  ledger_row& r = rows_[page];
  class_row& c = classes_[r.page];
  if (c.policy.settle.count() <= 0) return;
  for (unsigned n = 0; n < parts_of(r); ++n)
    if ((parts >> n) & 1) part(r, n).reread = true;
  c.rereads.push_back({now + c.policy.settle, want_of(r), page, parts & mask_of(r)});
  // Beyond the bound the oldest are read at once rather than never.
  if (c.rereads.size() > limits_.rereads) c.rereads.front().at = now;
}

/// The parts that nobody has marked since: whatever else came has read them anyway, or is about to.
part_mask ledger::take_reread(ledger_row& r, const reread& planned) {
  part_mask out = 0;
  for (unsigned n = 0; n < parts_of(r); ++n) {
    part_row& p = part(r, n);
    if (((planned.parts >> n) & 1) == 0 || p.want > planned.want) continue;
    if (std::exchange(p.reread, false)) out |= part_mask{1} << n;
  }
  return out;
}

bool ledger::reap_rereads(class_row& c, class_id of, mono_time now, std::size_t slice,
                          reaped& out) {
  while (!c.rereads.empty() &&
         (c.rereads.front().at <= now || c.rereads.size() > limits_.rereads)) {
    if (slice-- == 0) return false;
    const reread next = c.rereads.front();
    c.rereads.pop_front();
    if (!knows(next.page) || rows_[next.page].page != of) continue;
    ledger_row& r = rows_[next.page];
    const auto parts = take_reread(r, next);
    if (parts == 0) continue;
    out.rereads.push_back(next.page);
    // What it finds is still that event's doing.
    mark(next.page, {.parts = parts, .why = cause::reread, .from = r.served_from}, now);
  }
  return true;
}

}  // namespace freshet
