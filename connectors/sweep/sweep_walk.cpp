#include "connectors/sweep/sweep_walk.hpp"

#include <algorithm>
#include <cassert>

namespace freshet {

sweep_walk::sweep_walk(class_id of, std::chrono::nanoseconds period, mono_time now)
    : of_(of), period_(period), began_(now), next_(now) {
  assert(period.count() > 0);
}

bool sweep_walk::due(const page_store& store, page_ref page, wall_time wall) const {
  const auto* s = store.slot_of(page);
  if (s == nullptr || s->page != of_ || !store.book().idle(page) || !store.content(page))
    return false;
  // What is only suspected is not fetched again for it: somebody is finding out.
  if (store.book().in_doubt(page)) return true;
  const auto age = wall - store.book().verified(page);
  // Verified in the future: the clock went back, and nobody knows how old it is.
  return age.count() < 0 || age >= period_ / 4 * 3;
}

void sweep_walk::begin(const page_store& store, mono_time now) {
  began_ = now;
  at_ = 0;
  // As if all known pages were of this class and due: with others among them it ends sooner. Those
  // that come meanwhile are young.
  const auto pages = static_cast<std::int64_t>(std::max<std::size_t>(store.known(), 1));
  step_ = period_ / walks / pages;
}

std::optional<page_ref> sweep_walk::next(const page_store& store, mono_time now, wall_time wall) {
  if (now < next_) return std::nullopt;
  if (at_ == no_page) begin(store, now);
  const auto end = std::min(store.rows(), at_ + slice_rows);
  while (at_ < end) {
    const auto page = at_++;
    if (!due(store, page, wall)) continue;
    // What was missed while the upstream was slow is not made up for in a burst.
    next_ = std::max(next_, now - std::chrono::milliseconds{100}) + step_;
    return page;
  }
  next_ = now;
  if (at_ < store.rows()) return std::nullopt;
  at_ = no_page;
  next_ = std::max(now, began_ + period_ / walks);
  return std::nullopt;
}

}  // namespace freshet
