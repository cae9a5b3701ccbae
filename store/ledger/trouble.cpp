#include <algorithm>

#include "store/ledger/ledger.hpp"

// What counts against a page, as it is kept over a restart.

namespace freshet {

page_trouble ledger::trouble(page_ref page, mono_time now) const {
  const due_work& w = work_of(rows_[page]);
  page_trouble out;
  out.attempts = w.attempts;
  out.errors = w.errors;
  if (w.errors > 0) out.errors_age = now - w.window_start;
  if (rows_[page].state == row_state::parked)
    out.parked_for = std::max<std::chrono::nanoseconds>(w.backoff_until - now, {});
  return out;
}

void ledger::restore_trouble(page_ref page, const page_trouble& was, mono_time now) {
  if (!was.any()) return;
  ledger_row& r = rows_[page];
  due_work& w = work(r);
  w.attempts = static_cast<std::uint8_t>(std::min(was.attempts, 20u));
  w.errors = static_cast<std::uint8_t>(std::min(was.errors, 255u));
  w.window_start = now - std::max<std::chrono::nanoseconds>(was.errors_age, {});
  // Who came for it before it was restored is not sent away again.
  if (!was.parked_for || stale_parts(r) == 0 || r.state != row_state::idle) return;
  w.since = std::max<sequence>(want_of(r), 1);
  w.queued = lane::rest;
  r.state = row_state::parked;
  w.backoff_until =
      now + std::clamp<std::chrono::nanoseconds>(*was.parked_for, {}, limits_.park_for);
  classes_[r.page].parked.push(page, w.backoff_until.time_since_epoch().count());
}

}  // namespace freshet
