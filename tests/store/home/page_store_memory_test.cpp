#include "tests/store/home/home.hpp"

// What happens to pages under a small memory bound.

namespace freshet {
namespace {

using testing::Contains;

class PageStoreMemory : public test::home {
 protected:
  static std::string body(char of) { return std::string(20'000, of); }
  void settle() {
    while (store->tick(now)) {
    }
  }
};

TEST_F(PageStoreMemory, TheBoundHoldsAndEvictedPagesAreUnknown) {
  open(plain, {.memory = 4u << 20});
  std::size_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    built("/p/" + std::to_string(i) + ".json", body('x'));
    settle();
    most = std::max(most, store->memory().used());
  }
  EXPECT_LE(most, 4u << 20);
  EXPECT_LT(store->known(), 250u);
  EXPECT_GT(store->known(), 20u) << "it keeps what fits";
  EXPECT_EQ(store->find("/p/500.json"), no_page);
}

TEST_F(PageStoreMemory, AVersionNeverRestartsAfterEviction) {
  open(plain, {.memory = 4u << 20});
  built("/p/a.json", body('a'));
  const auto version = changed.back()->at;
  int i = 0;
  for (; store->find("/p/a.json") != no_page && i < 1000; ++i) {
    built("/p/" + std::to_string(i) + ".json", body('x'));
    settle();
  }
  ASSERT_EQ(store->find("/p/a.json"), no_page);
  const auto again = know("/p/a.json");
  EXPECT_EQ(store->book().version(again), version) << "the ghost knew";
  built("/p/a.json", body('b'));
  EXPECT_GT(store->content(again)->version, version);
}

TEST_F(PageStoreMemory, AnEvictedPageThatComesBackAsItWasIsNoNews) {
  open(plain, {.memory = 4u << 20});
  built("/p/a.json", body('a'));
  const auto version = changed.back()->at;
  for (int i = 0; store->find("/p/a.json") != no_page && i < 1000; ++i) {
    built("/p/" + std::to_string(i) + ".json", body('x'));
    settle();
  }
  const auto told = changed.size();
  const auto again = built("/p/a.json", body('a'));
  EXPECT_EQ(store->content(again)->version, version);
  EXPECT_EQ(changed.size(), told) << "nobody has to hear of the same bytes";
  EXPECT_EQ(fragment(again), "fresh");
  mark("a");
  EXPECT_TRUE(put(take(), body('b')).accepted);
  EXPECT_GT(store->content(again)->version, version);
  EXPECT_EQ(changed.size(), told + 1);
}

TEST_F(PageStoreMemory, WhoeverWaitsForAnEvictedPageHearsIt) {
  open(plain, {.memory = 4u << 20});
  const auto page = know("/p/a.json");
  store->ask(page, lane::rest, cause::miss, now);
  const auto c = take();
  settled.clear();
  for (int i = 0; store->find("/p/a.json") == page && i < 1000; ++i) {
    built("/p/" + std::to_string(i) + ".json", body('x'));
    settle();
  }
  EXPECT_THAT(settled, Contains(page));
  EXPECT_FALSE(put(c, "late").accepted);
}

TEST_F(PageStoreMemory, AWatchedPageBeyondItsShareLosesOnlyItsBody) {
  open(plain, {.memory = 4u << 20});
  std::vector<page_ref> watched;
  for (int i = 0; i < 300; ++i) {
    watched.push_back(built("/p/" + std::to_string(i) + ".json", body('x')));
    store->watch(watched.back(), true, now);
    settle();
  }
  EXPECT_LE(store->memory().used(), 4u << 20);
  EXPECT_EQ(store->known(), watched.size());
  page_ref bare = no_page;
  for (const auto page : watched)
    if (!store->content(page)) bare = page;
  ASSERT_NE(bare, no_page);
  // It is fresh as far as events go, and still a visitor has to get something.
  EXPECT_FALSE(store->claim_next(0, now));
  store->ask(bare, lane::visitor, cause::miss, now);
  const auto c = take();
  EXPECT_EQ(c.ref, bare);
  put(c, body('x'));
  EXPECT_TRUE(store->content(bare));
}

TEST_F(PageStoreMemory, NoPageIsKnownBeyondTheBound) {
  open(plain, {.memory = 1u << 20});
  page_ref last = 0;
  int known = 0;
  for (; known < 100'000; ++known) {
    last = know("/p/" + std::to_string(known) + ".json");
    if (last == no_page) break;
  }
  EXPECT_EQ(last, no_page) << "without a tick nothing leaves";
  EXPECT_LT(store->memory().used(), (1u << 20) + (1u << 18));
  settle();
  EXPECT_NE(know("/p/again.json"), no_page);
}

}  // namespace
}  // namespace freshet
