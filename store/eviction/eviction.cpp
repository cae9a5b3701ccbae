#include "store/eviction/eviction.hpp"

#include <cassert>

namespace freshet {

eviction::eviction(memory_account& account)
    : account_(account), ghosts_(ghost_list::max_for(account.limit())) {
  account_.add(memory_kind::ghosts, ghosts_.bytes());
}

eviction::~eviction() {
  account_.remove(memory_kind::ghosts, ghosts_.bytes());
  account_.remove(memory_kind::index, rows_bytes_);
}

std::optional<ghost> eviction::admit(const slot& s, std::size_t bytes) {
  auto known = ghosts_.take(s.hash);
  queues_.insert(s.ref, bytes, s.popularity, known.has_value());
  watches_.grow_to(s.ref) = watch{.popularity = &s.popularity};
  charge_rows();
  return known;
}

void eviction::resize(const slot& s, std::size_t bytes) {
  auto& w = watches_[s.ref];
  if (!w.bare) {
    queues_.resize(s.ref, bytes);
    if (queues_.held(s.ref) && !fits_pinned(0)) queues_.let_go(s.ref, true);
    return;
  }
  const view* now = s.current.load(std::memory_order_relaxed);
  w.bare_bytes = bytes;
  if (now == nullptr || !now->content) return;
  w.bare = false;  // built again
  queues_.insert(s.ref, bytes, *w.popularity, true);
  if (fits_pinned(bytes)) queues_.hold(s.ref);
}

void eviction::forget(page_ref ref) {
  if (!watches_[ref].bare) queues_.erase(ref);
  watches_[ref] = watch{};
}

void eviction::pin(page_ref ref) {
  auto& w = watches_[ref];
  w.watched = true;
  if (!w.bare && fits_pinned(queues_.bytes_of(ref))) queues_.hold(ref);
}

void eviction::unpin(page_ref ref) {
  auto& w = watches_[ref];
  w.watched = false;
  if (w.bare) {
    w.bare = false;
    queues_.insert(ref, w.bare_bytes, *w.popularity, false);
  } else if (queues_.held(ref)) {
    queues_.let_go(ref, false);  // watched is not asked for: it has to prove itself
  }
}

std::size_t eviction::shrink(std::size_t pages_max, const drop_page& dropped) {
  std::size_t count = 0;
  for (; count < pages_max && account_.excess() > 0; ++count) {
    const auto [ref, bytes] = queues_.choose();
    if (ref == no_page) break;
    auto& w = watches_[ref];
    if (!w.watched) {
      w = watch{};
      ++pages_dropped_;
      dropped(ref, drop::page);
    } else if (fits_pinned(bytes)) {  // room among the pinned came since it was watched
      queues_.insert(ref, bytes, *w.popularity, true);
      queues_.hold(ref);
    } else {
      w.bare = true;
      w.bare_bytes = bytes;
      ++bodies_dropped_;
      dropped(ref, drop::body);
    }
  }
  return count;
}

void eviction::leave_ghost(const slot& s) {
  const view* now = s.current.load(std::memory_order_relaxed);
  if (now == nullptr || !now->content) return;
  ghosts_.remember({s.hash, now->content->version, now->content->etag});
}

bool eviction::fits_pinned(std::size_t bytes) const {
  return queues_.held_bytes() + bytes <= account_.limit() / 4;
}

void eviction::charge_rows() {
  const auto now = queues_.bytes() + watches_.bytes();
  if (now == rows_bytes_) return;
  account_.replace(memory_kind::index, rows_bytes_, now);
  rows_bytes_ = now;
}

}  // namespace freshet
