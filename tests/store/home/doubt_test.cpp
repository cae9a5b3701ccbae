#include "tests/store/home/home.hpp"

// Pages that may have missed events: they say so, and are built again one by one.

namespace freshet {
namespace {

using namespace std::chrono_literals;

class Doubt : public test::home {
 protected:
  void walk() {
    while (store->tick(now)) continue;
  }
};

TEST_F(Doubt, PagesSayThatTheyMayHaveMissedEventsUntilTheyAreBuiltAgain) {
  open(plain);
  const auto page = built("/p/a.json");
  work = 0;
  store->unverify(0);
  EXPECT_GT(work, 0) << "somebody has to go on with it";
  walk();
  EXPECT_EQ(fragment(page), "unverified");
  EXPECT_FALSE(store->claim_next(0, now)) << "nothing is built by itself";
  EXPECT_TRUE(store->verify(page, lane::rest, now));
  EXPECT_FALSE(store->verify(page, lane::rest, now)) << "it is on its way";
  const auto c = take();
  EXPECT_EQ(c.why, cause::sweep);
  changed.clear();
  put(c, "one");
  EXPECT_EQ(fragment(page), "fresh");
  EXPECT_TRUE(changed.empty()) << "it was right all the time";
  EXPECT_FALSE(store->verify(page, lane::rest, now));
}

TEST_F(Doubt, ARefreshThatBeganBeforeDoesNotClearIt) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  const auto c = take();
  store->unverify(0);
  walk();
  put(c, "two");
  EXPECT_EQ(fragment(page), "unverified");
}

TEST_F(Doubt, AVisitorHasItBuiltAgain) {
  open(plain);
  const auto page = built("/p/a.json");
  store->unverify(0);
  walk();
  EXPECT_TRUE(shown(page).tell_home.take());
  store->visited(page, now);
  EXPECT_EQ(take().in, lane::popular);
}

TEST_F(Doubt, SoHasAWatcher) {
  open(plain);
  const auto page = built("/p/a.json");
  store->unverify(0);
  store->watch(page, true, now);
  EXPECT_EQ(take().in, lane::watched);
}

TEST_F(Doubt, ManyPagesAreSaidSoInSlices) {
  open(plain);
  std::vector<page_ref> all;
  for (int i = 0; i < 2500; ++i) all.push_back(built("/p/" + std::to_string(i) + ".json"));
  store->unverify(0);
  EXPECT_TRUE(store->tick(now));
  EXPECT_EQ(fragment(all.front()), "unverified");
  EXPECT_EQ(fragment(all.back()), "fresh") << "a turn of the loop has its bounds";
  EXPECT_EQ(store->book().state(all.back()), freshness_state::unverified) << "the ledger knows";
  walk();
  EXPECT_EQ(fragment(all.back()), "unverified");
}

TEST_F(Doubt, WhatIsOnlySuspectedSaysItAndIsNotBuiltAgain) {
  open(plain);
  const auto page = built("/p/a.json");
  const auto which = store->suspect(0);
  walk();
  EXPECT_EQ(fragment(page), "unverified");
  store->visited(page, now);
  EXPECT_FALSE(store->verify(page, lane::rest, now));
  store->watch(page, true, now);
  EXPECT_FALSE(store->claim_next(0, now)) << "nobody knows that there is anything to do";
  const auto newer = built("/p/b.json");
  EXPECT_EQ(fragment(newer), "fresh") << "it was asked for afterwards";
  store->clear(0, which);
  walk();
  EXPECT_EQ(fragment(page), "fresh");
  EXPECT_FALSE(store->claim_next(0, now));
}

TEST_F(Doubt, AnEventUnderASuspicionIsServedAsEver) {
  open(plain);
  const auto page = built("/p/a.json");
  const auto which = store->suspect(0);
  mark("a");
  put(take(), "two");
  EXPECT_EQ(fragment(page), "fresh");
  store->clear(0, which);
  EXPECT_EQ(fragment(page), "fresh");
}

TEST_F(Doubt, ALazyMarkUnderASuspicionWaitsForAVisitorAsEver) {
  open(plain);
  const auto page = built("/p/a.json");
  store->suspect(0);
  walk();
  mark("a", {.lazy = true});
  EXPECT_FALSE(store->claim_next(0, now));
  EXPECT_EQ(fragment(page), "unverified");
  EXPECT_TRUE(shown(page).tell_home.take());
  store->visited(page, now);
  EXPECT_EQ(take().in, lane::popular);
}

TEST_F(Doubt, OtherClassesAreLeftAlone) {
  open(std::string(plain) +
       "[page.q]\npath = '/q/{name}.json'\nfetch = { upstream = 'u', get = '/y/{name}' }\n");
  const auto page = built("/p/a.json");
  store->unverify(1);
  walk();
  EXPECT_EQ(fragment(page), "fresh");
}

}  // namespace
}  // namespace freshet
