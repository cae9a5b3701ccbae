#include "store/eviction/eviction.hpp"

namespace freshet {

eviction::eviction(memory_account& account,
                   std::function<s3_fifo::popularity_byte&(page_ref)> popularity_of)
    : account_(account),
      queues_(std::move(popularity_of)),
      ghosts_(ghost_list::max_for(account.limit())) {
  account_.add(memory_kind::ghosts, ghosts_.bytes());
}

eviction::~eviction() {
  account_.remove(memory_kind::ghosts, ghosts_.bytes());
  account_.remove(memory_kind::index, rows_bytes_);
}

std::optional<ghost> eviction::admit(const slot& s, std::size_t bytes) {
  auto known = ghosts_.take(s.hash);
  queues_.insert(s.ref, bytes, known.has_value());
  charge_rows();
  return known;
}

void eviction::resize(const slot& s, std::size_t bytes) {
  const auto w = watches_.find(s.ref);
  if (w == watches_.end() || !w->second.bare) {
    queues_.resize(s.ref, bytes);
    if (queues_.held(s.ref) && !fits_pinned(0)) queues_.let_go(s.ref, true);
    return;
  }
  const view* now = s.current.load(std::memory_order_relaxed);
  w->second.bare_bytes = bytes;
  if (now == nullptr || !now->content) return;
  w->second.bare = false;  // built again
  queues_.insert(s.ref, bytes, true);
  if (fits_pinned(bytes)) queues_.hold(s.ref);
}

void eviction::forget(page_ref ref) {
  if (queues_.contains(ref)) queues_.erase(ref);
  watches_.erase(ref);
}

void eviction::pin(page_ref ref) {
  const auto& w = watches_[ref];
  if (!w.bare && fits_pinned(queues_.bytes_of(ref))) queues_.hold(ref);
}

void eviction::unpin(page_ref ref) {
  const auto was = watches_.extract(ref);
  if (!was.empty() && was.mapped().bare) {
    queues_.insert(ref, was.mapped().bare_bytes, false);
  } else if (queues_.held(ref)) {
    queues_.let_go(ref, false);  // watched is not asked for: it has to prove itself
  }
}

std::size_t eviction::shrink(std::size_t pages_max, const drop_page& dropped) {
  std::size_t count = 0;
  for (; count < pages_max && account_.excess() > 0; ++count) {
    const auto [ref, bytes] = queues_.choose();
    if (ref == no_page) break;
    const auto w = watches_.find(ref);
    if (w == watches_.end()) {
      ++pages_dropped_;
      dropped(ref, drop::page);
    } else if (fits_pinned(bytes)) {  // room among the pinned came since it was watched
      queues_.insert(ref, bytes, true);
      queues_.hold(ref);
    } else {
      w->second = {bytes, true};
      ++bodies_dropped_;
      dropped(ref, drop::body);
    }
  }
  return count;
}

void eviction::leave_ghost(const slot& s) {
  const view* now = s.current.load(std::memory_order_relaxed);
  if (now == nullptr || !now->content) return;
  const auto& content = *now->content;
  ghosts_.remember({s.hash, content.version, {content.etag, content.status}});
}

bool eviction::fits_pinned(std::size_t bytes) const {
  return queues_.held_bytes() + bytes <= account_.limit() / 4;
}

void eviction::charge_rows() {
  const auto now = queues_.bytes() +
                   heap_bytes(watches_.capacity() * (1 + sizeof(page_ref) * 2 + sizeof(watch)));
  if (now == rows_bytes_) return;
  account_.replace(memory_kind::index, rows_bytes_, now);
  rows_bytes_ = now;
}

}  // namespace freshet
