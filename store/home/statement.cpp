#include "store/home/page_store.hpp"

// What is told of a page beside its content: published anew when it is not what was said last.

namespace freshet {

void page_store::restate(page_ref page, bool always) {
  const auto* s = cache_.at(page);
  if (s == nullptr) return;
  if (!always) {
    // One part: its state is the page's, and asking for that costs nothing.
    const bool same = classes_[s->page].composed ? stated_[page] == statement_of(book_.status(page))
                                                 : stated_[page].worst == book_.state(page);
    if (same) return;
  }
  state_anew(page, content(page));
}

void page_store::state_anew(page_ref page, entry_ptr content) {
  auto& s = *cache_.at(page);
  const auto is = book_.status(page);
  stated_[page] = statement_of(is);
  // Marked lazily, or in doubt: the next visitor is what it waits for. With `every`, visits keep
  // the timer up.
  const bool waits =
      (is.state == freshness_state::stale || is.state == freshness_state::unverified) &&
      !is.running && !is.queued;
  const bool tell = waits || classes_[s.page].every;
  cache_.publish(s, {hooks_.fragment(is), std::move(content), tell});
}

page_store::statement page_store::statement_of(const freshness& is) {
  statement said{is.state, 0};
  for (std::size_t n = 0; n < is.parts.size(); ++n)
    if (is.parts[n].state != freshness_state::fresh) said.not_fresh |= part_mask{1} << n;
  return said;
}

void page_store::restate_raised() {
  for (const auto page : raised_) {
    if (unsaved_ != nullptr) unsaved_->state(page);
    restate(page);
  }
  raised_.clear();
}

}  // namespace freshet
