#include "store/index/page_marks.hpp"

#include <algorithm>

namespace freshet {

page_marks::page_marks(dependency_index& index, ledger& book, std::size_t wide_above)
    : index_(index), book_(book), wide_above_(wide_above) {
  book_.set_wide_wants(this);
}

page_marks::~page_marks() { book_.set_wide_wants(nullptr); }

bool page_marks::add(page_ref page, class_id of, const page_values& values, sequence version) {
  book_.add(page, of, version);
  return index_.put(page, of, values);
}

void page_marks::forget(page_ref page) {
  index_.erase(page);
  book_.forget(page);
}

page_marks::marked page_marks::mark(const tag_mark& tag, mono_time now) {
  marked out;
  out.at = book_.next_sequence();
  const tag_hash hash = dependency_index::hash(tag.of, tag.bound, tag.values);
  // Kept even when no page shows the value: the refresh that is up may bring the first one.
  if (book_.running() > 0) {
    recent_.note(hash, out.at, tag.what);
  } else {
    recent_.prune(std::nullopt);
  }
  const auto id = index_.find(hash);
  if (!id) return out;
  const auto members = index_.members(*id);
  out.pages = members.size();
  if (members.size() <= wide_above_) {
    for (const page_ref page : members) book_.raise(page, out.at, tag.what, now);
    return out;
  }
  out.wide = true;
  start_wide({hash, out.at, tag.what, members.size()});
  return out;
}

void page_marks::start_wide(wide_mark wide) {
  for (auto& w : wide_) {
    const bool same = w.tag == wide.tag && w.what.parts == wide.what.parts &&
                      w.what.lazy == wide.what.lazy && w.what.why == wide.what.why;
    if (!same) continue;
    // The turn goes on with the newer number; one more reaches the members that have the older one.
    // Starting over here would never reach the last members under a stream of events.
    w.at = wide.at;
    w.what.from = std::move(wide.what.from);
    w.what.coalesce = std::min(w.what.coalesce, wide.what.coalesce);
    w.what.settled &= wide.what.settled;
    w.what.floor_here |= wide.what.floor_here;
    auto& floor = wide.what.floor;
    if (floor && !(w.what.floor && w.what.floor->outranks(*floor))) w.what.floor = std::move(floor);
    w.again = true;
    return;
  }
  wide_.push_back(std::move(wide));
}

bool page_marks::slice(std::size_t pages_max, mono_time now) {
  while (!wide_.empty() && pages_max > 0) {
    wide_mark& w = wide_.front();
    const auto id = index_.find(w.tag);
    // Members leave by moving the last one into the gap, so the unreached stay below `left`.
    w.left = id ? std::min(w.left, index_.members(*id).size()) : 0;
    while (w.left > 0 && pages_max > 0) {
      --w.left;
      --pages_max;
      book_.raise(index_.members(*id)[w.left], w.at, w.what, now);
    }
    if (w.left > 0) break;
    if (w.again && id) {
      w.again = false;
      w.left = index_.members(*id).size();
    } else {
      wide_.pop_front();
    }
  }
  return !wide_.empty();
}

void page_marks::collect(page_ref page, std::vector<wide_want>& into) const {
  for (const auto& w : wide_) {
    const auto id = index_.find(w.tag);
    if (id && index_.has_tag(page, *id)) into.push_back({w.at, &w.what});
  }
}

page_marks::learned page_marks::learn(page_ref page, class_id of, const page_values& values,
                                      const claim_token& token, mono_time now) {
  learned out;
  out.whole = index_.put(page, of, values);
  if (recent_.size() > 0 || recent_.forgotten() > token.want) {
    index_.each_tag_of(page, [&](tag_id tag) {
      const auto* r = recent_.find(index_.hash_of(tag));
      if (r != nullptr && r->at > token.want) book_.raise(page, r->at, r->what, now);
    });
    if (recent_.forgotten() > token.want) {
      book_.mark(page, {.why = cause::event}, now);
    }
    recent_.prune(book_.oldest_claim());
    const freshness_state s = book_.state(page);
    out.requeued = s == freshness_state::stale;
  }
  return out;
}

std::size_t page_marks::bytes() const {
  return index_.bytes() + recent_.bytes() + wide_.size() * sizeof(wide_mark);
}

}  // namespace freshet
