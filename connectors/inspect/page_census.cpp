#include "connectors/inspect/page_census.hpp"

#include <algorithm>
#include <utility>

namespace freshet {

const std::vector<page_tally>& page_census::tallies(mono_time now,
                                                    std::chrono::nanoseconds age_max) {
  const bool old = last_.empty() || now - counted_ >= age_max;
  if (!old) return last_;
  if (last_.empty() || store_.known() <= at_once) {
    finish(tally_pages(store_), now);
  } else {
    wanted_ = true;
  }
  return last_;
}

void page_census::finish(std::vector<page_tally> tallies, mono_time now) {
  last_ = std::move(tallies);
  counted_ = now;
  wanted_ = false;
  walk_.clear();
  next_ = 0;
}

bool page_census::tick(mono_time now) {
  if (!wanted_) return false;
  if (walk_.empty()) walk_.resize(store_.pages().pages().size());
  // Pages that come or go behind the walk are in the next one.
  const auto end = std::min(store_.rows(), next_ + slice_rows);
  for (; next_ < end; ++next_)
    if (const auto* s = store_.slot_of(next_)) add_page(walk_[s->page], store_, *s);
  if (next_ < store_.rows()) return true;
  finish(std::exchange(walk_, {}), now);
  return false;
}

}  // namespace freshet
