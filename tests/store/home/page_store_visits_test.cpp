#include "tests/store/home/home.hpp"

// Lazy marks, `every` timers, popularity and watchers: what follows from somebody looking.

namespace freshet {
namespace {

using namespace std::chrono_literals;

class PageStoreVisits : public test::home {
 protected:
  static constexpr std::string_view timed =
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
      "every = '10m'\nidle = '1h'\n";
};

TEST_F(PageStoreVisits, ALazyMarkWaitsForAVisitor) {
  open(plain);
  const auto page = built("/p/a.json");
  EXPECT_FALSE(shown(page).tell_home.take());
  mark("a", {.lazy = true});
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_FALSE(store->claim_next(0, now));
  EXPECT_TRUE(shown(page).tell_home.take());
  EXPECT_FALSE(shown(page).tell_home.take()) << "once a view";
  work = 0;
  store->visited(page, now);
  EXPECT_GT(work, 0);
  const auto c = take();
  EXPECT_EQ(c.in, lane::popular);
  put(c, "two");
  EXPECT_FALSE(shown(page).tell_home.take());
}

TEST_F(PageStoreVisits, AMarkThatIsQueuedAsksForNobody) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  EXPECT_FALSE(shown(page).tell_home.take());
  store->visited(page, now);
  put(take(), "two");
  EXPECT_FALSE(store->claim_next(0, now)) << "the visit asked for nothing more";
}

TEST_F(PageStoreVisits, ALazyMarkDuringARefreshIsToldAfterIt) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  const auto c = take();
  mark("a", {.lazy = true});
  EXPECT_FALSE(put(c, "two").requeued);
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_TRUE(shown(page).tell_home.take());
}

TEST_F(PageStoreVisits, AWatcherQueuesWhatALazyMarkLeft) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a", {.lazy = true});
  store->watch(page, true, now);
  EXPECT_EQ(take().in, lane::watched);
}

TEST_F(PageStoreVisits, AnEveryTimerRunsWhileSomebodyComes) {
  open(timed);
  const auto page = built("/p/a.json");
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(shown(page).tell_home.take()) << i;
    store->visited(page, now);
    now += 10min;
    store->tick(now);
    const auto c = take();
    EXPECT_EQ(c.why, cause::timer);
    put(c, "one");
  }
}

TEST_F(PageStoreVisits, AnEveryTimerStopsWhenNobodyComesAndStartsWithTheNextVisit) {
  open(timed);
  const auto page = built("/p/a.json");
  int refreshes = 0;
  for (int i = 0; i < 30; ++i) {
    now += 10min;
    store->tick(now);
    if (auto c = store->claim_next(0, now)) {
      put(*c, "one");
      ++refreshes;
    }
    // Taken, but the visit is older than `idle` when the timer comes.
    if (i == 0) shown(page).tell_home.take();
  }
  EXPECT_EQ(refreshes, 5) << "within the hour after the only question";
  EXPECT_TRUE(shown(page).tell_home.take());
  store->visited(page, now);
  store->tick(now);
  EXPECT_EQ(take().why, cause::timer) << "more than `every` has passed";
}

TEST_F(PageStoreVisits, AViewWhoseTellWasTakenIsStatedAgainWhenTheTimerStops) {
  open(timed);
  const auto page = built("/p/a.json");
  for (int i = 0; i < 5; ++i) {
    now += 10min;
    store->tick(now);
    put(take(), "one");
  }
  EXPECT_TRUE(shown(page).tell_home.take());  // the news never reached home
  now += 10min;
  store->tick(now);
  EXPECT_FALSE(store->claim_next(0, now)) << "an hour without a question";
  EXPECT_TRUE(shown(page).tell_home.take());
}

TEST_F(PageStoreVisits, APopularPageGoesBeforeTheRest) {
  open(plain);
  built("/p/cold.json");
  const auto hot = built("/p/hot.json");
  for (int i = 0; i < 3; ++i) store->slot_of(hot)->touch();
  mark("cold");
  mark("hot");
  const auto c = take();
  EXPECT_EQ(c.ref, hot);
  EXPECT_EQ(c.in, lane::popular);
}

TEST_F(PageStoreVisits, AVisitOfAPageThatLeftIsNothing) {
  open(plain);
  const auto page = built("/p/a.json");
  store->purge(page, now);
  store->visited(page, now);
  EXPECT_FALSE(store->claim_next(0, now));
}

}  // namespace
}  // namespace freshet
