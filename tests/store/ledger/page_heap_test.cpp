#include "store/ledger/page_heap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace freshet {
namespace {

TEST(PageHeap, AgreesWithASortedMapUnderRandomWork) {
  constexpr page_ref pages = 50;
  chunked<page_heap::place> places;
  places.grow_to(pages - 1);
  page_heap heap(places);
  std::map<page_ref, std::int64_t> model;
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto page = static_cast<page_ref>(random() % pages);
    if (model.contains(page)) {
      heap.remove(page);
      model.erase(page);
    } else {
      const std::int64_t key = random() % 20;
      heap.push(page, key);
      model[page] = key;
    }
    ASSERT_EQ(heap.size(), model.size());
    if (model.empty()) continue;
    auto least = model.begin();
    for (auto it = model.begin(); it != model.end(); ++it) {
      if (it->second < least->second) least = it;
    }
    ASSERT_EQ(heap.top().key, least->second);
    ASSERT_EQ(heap.top().page, least->first);
  }
}

}  // namespace
}  // namespace freshet
