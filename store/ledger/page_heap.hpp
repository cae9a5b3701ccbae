#pragma once

#include <cstdint>

#include "store/entry.hpp"
#include "store/memory/chunked.hpp"

namespace freshet {

/// Pages ordered by a number (a time or a sequence); smallest first, equal numbers by page. It
/// knows where each page stands, so a page is moved or taken out in O(log n) and never stands
/// twice.
///
/// Shape:    `places` is shared by heaps of which a page is in at most one at a time. Growing
///           copies nothing.
/// Lifetime: `places` outlives the heap and covers every page that is put in.
class page_heap {
 public:
  struct node {
    std::int64_t key;
    page_ref page;
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
  struct place {
    std::uint32_t at = nowhere;
  };

  explicit page_heap(chunked<place>& places) : places_(&places) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const node& top() const { return nodes_[0]; }
  const node& operator[](std::size_t n) const { return nodes_[n]; }  // no order but the first
  std::size_t bytes() const { return nodes_.bytes(); }

  /// REQUIRES: the page is in no heap that shares `places`.
  void push(page_ref page, std::int64_t key);
  page_ref pop();
  /// REQUIRES: the page is in this heap.
  void remove(page_ref page);

 private:
  static bool before(const node& a, const node& b) {
    return a.key != b.key ? a.key < b.key : a.page < b.page;
  }
  void put(std::size_t at, const node& n);
  void rise(std::size_t at, node n);
  void sink(std::size_t at, node n);

  chunked<place>* places_;
  chunked<node, 256> nodes_;
  std::size_t size_ = 0;
};

}  // namespace freshet
