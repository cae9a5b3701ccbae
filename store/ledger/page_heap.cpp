#include "store/ledger/page_heap.hpp"

#include <cassert>

namespace freshet {

void page_heap::put(std::size_t at, const node& n) {
  nodes_[at] = n;
  (*places_)[n.page] = static_cast<std::uint32_t>(at);
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
    if (child >= nodes_.size()) break;
    if (child + 1 < nodes_.size() && before(nodes_[child + 1], nodes_[child])) ++child;
    if (!before(nodes_[child], n)) break;
    put(at, nodes_[child]);
    at = child;
  }
  put(at, n);
}

void page_heap::push(page_ref page, std::int64_t key) {
  assert(page < places_->size() && (*places_)[page] == nowhere);
  const node n{key, page};
  nodes_.push_back(n);
  rise(nodes_.size() - 1, n);
}

page_ref page_heap::pop() {
  assert(!empty());
  const page_ref page = top().page;
  remove(page);
  return page;
}

void page_heap::remove(page_ref page) {
  const std::size_t at = (*places_)[page];
  assert(at < nodes_.size() && nodes_[at].page == page);
  (*places_)[page] = nowhere;
  const node last = nodes_.back();
  nodes_.pop_back();
  if (at == nodes_.size()) return;
  if (at > 0 && before(last, nodes_[(at - 1) / 2])) {
    rise(at, last);
  } else {
    sink(at, last);
  }
}

}  // namespace freshet
