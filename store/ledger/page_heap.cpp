#include "store/ledger/page_heap.hpp"

#include <cassert>

namespace freshet {

void page_heap::put(std::size_t at, const node& n) {
  nodes_[at] = n;
  (*places_)[n.page].at = static_cast<std::uint32_t>(at);
}

void page_heap::rise(std::size_t at, node n) {
  while (at > 0 && before(n, nodes_[(at - 1) / 2])) {
    put(at, nodes_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  put(at, n);
}

void page_heap::sink(std::size_t at, node n) {
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= size_) break;
    if (child + 1 < size_ && before(nodes_[child + 1], nodes_[child])) ++child;
    if (!before(nodes_[child], n)) break;
    put(at, nodes_[child]);
    at = child;
  }
  put(at, n);
}

void page_heap::push(page_ref page, std::int64_t key) {
  assert(page < places_->size() && (*places_)[page].at == nowhere);
  nodes_.grow_to(size_);
  rise(size_++, {key, page});
}

page_ref page_heap::pop() {
  assert(!empty());
  const page_ref page = top().page;
  remove(page);
  return page;
}

void page_heap::remove(page_ref page) {
  const std::size_t at = (*places_)[page].at;
  assert(at < size_ && nodes_[at].page == page);
  (*places_)[page].at = nowhere;
  const node last = nodes_[--size_];
  if (at == size_) return;
  if (at > 0 && before(last, nodes_[(at - 1) / 2])) {
    rise(at, last);
  } else {
    sink(at, last);
  }
}

}  // namespace freshet
