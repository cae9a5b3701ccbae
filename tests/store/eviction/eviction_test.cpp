#include "store/eviction/eviction.hpp"

#include <gtest/gtest.h>

#include "tests/store/eviction/store.hpp"

namespace freshet {
namespace {

using test::path_of;
constexpr std::size_t limit = 1 << 20;

TEST(Eviction, KeepsTheBound) {
  test::store store(limit);
  for (std::size_t i = 0; i < 3000; ++i) {
    store.build(path_of(i), 1000);
    ASSERT_LE(store.account.used(), limit);
  }
  EXPECT_GT(store.evict.pages_dropped(), 1000u);
  EXPECT_GT(store.home.size(), 300u);
}

TEST(Eviction, APageThatComesBackKnowsItsVersion) {
  test::store store(limit);
  store.build(path_of(0), 1000);
  const auto version = store.version;
  std::size_t i = 1;
  while (store.home.index().find(path_of(0)) != nullptr) store.build(path_of(i++), 1000);
  store.build(path_of(0), 1000);
  ASSERT_TRUE(store.ghost_seen);
  EXPECT_EQ(store.ghost_seen->version, version);
  std::array<char, 32> etag{};
  etag.fill('0');
  etag.back() = '1';
  EXPECT_EQ(store.ghost_seen->content, content_mark(etag, 200));
  EXPECT_NE(store.ghost_seen->content, content_mark(etag, 404));
  EXPECT_EQ(store.evict.queues().main_bytes() > 0, true);  // proven
}

TEST(Eviction, WatchedWithinAQuarterStaysWhole) {
  test::store store(limit);
  for (std::size_t i = 0; i < 50; ++i) store.evict.pin(store.build(path_of(i), 1000));
  for (std::size_t i = 1000; i < 4000; ++i) store.build(path_of(i), 1000);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_TRUE(store.has_body(path_of(i))) << i;
  EXPECT_EQ(store.evict.bodies_dropped(), 0u);
}

TEST(Eviction, WatchedBeyondAQuarterLosesOnlyItsBody) {
  test::store store(limit);
  const std::size_t watched = 400;
  for (std::size_t i = 0; i < watched; ++i) store.evict.pin(store.build(path_of(i), 1000));
  for (std::size_t i = 1000; i < 4000; ++i) store.build(path_of(i), 1000);
  std::size_t whole = 0;
  for (std::size_t i = 0; i < watched; ++i) {
    ASSERT_NE(store.home.index().find(path_of(i)), nullptr) << i;
    whole += store.has_body(path_of(i));
  }
  EXPECT_LT(whole, watched);
  EXPECT_GT(whole, 100u);
  EXPECT_LE(store.evict.queues().held_bytes(), limit / 4);
  EXPECT_LE(store.account.used(), limit);
  EXPECT_EQ(store.evict.bodies_dropped(), watched - whole);

  store.build(path_of(watched - 1), 1000);  // built again: it may be chosen again
  EXPECT_TRUE(store.has_body(path_of(watched - 1)));
  for (std::size_t i = 0; i < watched; ++i) {
    store.evict.unpin(store.home.index().find(path_of(i))->ref);
  }
  for (std::size_t i = 5000; i < 9000; ++i) store.build(path_of(i), 1000);
  for (std::size_t i = 0; i + 1 < watched; ++i) {  // but the last, which came back and is in main
    EXPECT_EQ(store.home.index().find(path_of(i)), nullptr) << i;
  }
}

TEST(Eviction, APurgedPageLeavesNoGhost) {
  test::store store(limit);
  const auto ref = store.build(path_of(0), 10);
  store.evict.forget(ref);
  store.home.erase(*store.home.at(ref));
  EXPECT_EQ(store.evict.ghosts().size(), 0u);
  EXPECT_EQ(store.evict.queues().size(), 0u);
}

TEST(Eviction, StopsWhenNothingIsLeft) {
  memory_account account(1000);
  std::atomic<std::uint8_t> nobody{0};
  eviction evict(account, [&](page_ref) -> auto& { return nobody; });
  account.add(memory_kind::ledger, 5000);
  EXPECT_EQ(evict.shrink(10, [](page_ref, drop) { FAIL(); }), 0u);
  EXPECT_FALSE(account.admits());
  account.remove(memory_kind::ledger, 5000);
}

}  // namespace
}  // namespace freshet
