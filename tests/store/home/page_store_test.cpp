#include "store/home/page_store.hpp"

#include "tests/store/home/home.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class PageStore : public test::home {};

TEST_F(PageStore, APageIsKnownOnceAndShownAsStaleUntilItIsBuilt) {
  open(plain);
  const auto page = know("/p/a.json");
  EXPECT_EQ(know("/p/a.json"), page);
  EXPECT_EQ(store->find("/p/a.json"), page);
  EXPECT_EQ(store->find("/p/b.json"), no_page);
  EXPECT_EQ(store->known(), 1u);
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_EQ(store->content(page), nullptr);
  EXPECT_FALSE(store->claim_next(0, now)) << "knowing a page asks for nothing";
}

TEST_F(PageStore, BodyVersionAndChangeBecomeVisibleTogether) {
  open(plain);
  const auto page = know("/p/a.json");
  const auto told_from = std::make_shared<const origin>(origin{.event_id = "e1", .topic = "t"});
  mark("a", {.from = told_from});
  const auto done = put(take(), "one");
  ASSERT_TRUE(done.accepted);
  EXPECT_EQ(fragment(page), "fresh");
  EXPECT_EQ(store->content(page)->body(), "one");
  EXPECT_EQ(store->content(page)->version, done.version);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0]->at, done.version);
  EXPECT_EQ(changed[0]->path, "/p/a.json");
  EXPECT_EQ(changed[0]->event_id, "e1");
  EXPECT_EQ(changed[0]->topic, "t");
  EXPECT_EQ(store->changes().newest(page), changed[0]);
  EXPECT_THAT(settled, ElementsAre(page));
}

TEST_F(PageStore, AMarkIsShownAtOnceAndTheOldBodyStays) {
  open(plain);
  const auto page = built("/p/a.json");
  work = 0;
  EXPECT_EQ(mark("a").pages, 1u);
  EXPECT_GT(work, 0);
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_EQ(store->content(page)->body(), "one");
  EXPECT_EQ(mark("b").pages, 0u);
}

TEST_F(PageStore, TheSameContentIsNoNewVersion) {
  open(plain);
  const auto page = built("/p/a.json");
  const auto version = store->content(page)->version;
  mark("a");
  const auto done = put(take(), "one");
  EXPECT_TRUE(done.accepted);
  EXPECT_EQ(done.version, version);
  EXPECT_EQ(changed.size(), 1u);
  EXPECT_EQ(fragment(page), "fresh");
}

TEST_F(PageStore, AnEventDuringTheRefreshLeavesThePageStale) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  const auto c = take();
  mark("a");
  EXPECT_TRUE(put(c, "two").requeued);
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_EQ(store->content(page)->body(), "two");
  put(take(), "three");
  EXPECT_EQ(fragment(page), "fresh");
}

TEST_F(PageStore, AFailureKeepsTheBodyAndSettles) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  const auto c = take();
  settled.clear();
  EXPECT_TRUE(fail_it(c));
  EXPECT_FALSE(fail_it(c)) << "the lease is gone";
  EXPECT_THAT(settled, ElementsAre(page));
  EXPECT_EQ(store->content(page)->body(), "one");
  EXPECT_EQ(fragment(page), "stale");
}

TEST_F(PageStore, AnExpiredLeaseSettlesAndItsCommitIsRefused) {
  open(plain);
  const auto page = know("/p/a.json");
  store->ask(page, lane::visitor, cause::miss, now);
  const auto c = take();
  now = c.deadline;
  store->tick(now);
  EXPECT_THAT(settled, ElementsAre(page));
  EXPECT_FALSE(put(c, "late").accepted);
  EXPECT_EQ(store->content(page), nullptr);
}

TEST_F(PageStore, ANegativeAnswerIsContentAndIsAskedForAgainWhenSomebodyComes) {
  open(plain);
  const auto page = know("/p/a.json");
  store->ask(page, lane::visitor, cause::miss, now);
  const auto c = take();
  put(c, content_of("", 404));
  EXPECT_EQ(store->content(page)->status, 404);
  EXPECT_EQ(fragment(page), "fresh");
  now += 61s;
  store->tick(now);
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_FALSE(store->claim_next(0, now)) << "nobody asked";
  EXPECT_TRUE(shown(page).tell_home.take());
  store->visited(page, now);
  put(take(), "found");
  EXPECT_EQ(store->content(page)->status, 200);
}

TEST_F(PageStore, APurgedPageIsForgottenAndSubscribersHearIt) {
  open(plain);
  const auto page = built("/p/a.json");
  const auto version = store->content(page)->version;
  mark("a");
  const auto c = take();
  settled.clear();
  store->purge(page, now);
  EXPECT_EQ(store->find("/p/a.json"), no_page);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[1]->what, change::kind::deleted);
  EXPECT_GT(changed[1]->at, version);
  EXPECT_EQ(changed[1]->path, "/p/a.json");
  EXPECT_THAT(settled, ElementsAre(page));
  EXPECT_FALSE(put(c, "late").accepted) << "the page is gone";
  EXPECT_EQ(know("/p/b.json"), page) << "the number is used again";
  EXPECT_FALSE(put(c, "late").accepted) << "and belongs to another page";
}

TEST_F(PageStore, ShowsAreLearnedAtCommitAndInForceSinceTheClaim) {
  open(
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
      "shows = { bug = '/bugs/*' }\n"
      "on = [{ topic = 't', set = { name = '/msg/name' } },\n"
      "      { topic = 'b', set = { bug = '/msg/bug' } }]\n");
  const auto page = know("/p/a.json");
  store->ask(page, lane::visitor, cause::miss, now);
  const auto c = take();
  const std::array<std::string_view, 1> bug{"7"};
  const auto mark_bug = [&] {
    return store->mark({.of = 0, .bound = 2, .values = bug, .what = {}}, now).pages;
  };
  EXPECT_EQ(mark_bug(), 0u) << "not known yet that the page shows it";
  auto content = content_of("one");
  content.shows = {{"7", "8"}};
  EXPECT_TRUE(put(c, content).requeued);
  EXPECT_EQ(fragment(page), "stale");
  const auto again = take();
  EXPECT_FALSE(put(again, content).requeued);
  EXPECT_EQ(fragment(page), "fresh");
  EXPECT_EQ(mark_bug(), 1u);
}

TEST_F(PageStore, AWideMarkIsShownByAndBy) {
  open(
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
      "on = [{ topic = 't', all = true }]\n");
  constexpr std::size_t pages = 3000;
  std::vector<page_ref> all;
  for (std::size_t i = 0; i < pages; ++i) all.push_back(built("/p/" + std::to_string(i) + ".json"));
  EXPECT_TRUE(store->mark({.of = 0, .bound = 0, .values = {}, .what = {}}, now).wide);
  int ticks = 1;
  while (store->tick(now)) ++ticks;
  EXPECT_EQ(ticks, 3);
  for (const auto page : all) ASSERT_EQ(fragment(page), "stale");
}

TEST_F(PageStore, ThePartsOfAComposedPageAreStatedEach) {
  open(
      "[page.p]\npath = '/p/{name}.json'\n"
      "fetch = [{ upstream = 'u', get = '/x/{name}', into = '/x' },\n"
      "         { upstream = 'u', get = '/y/{name}', into = '/y' }]\n"
      "on = [{ topic = 't', set = { name = '/msg/name' } }]\n");
  const auto page = built("/p/a.json");
  mark("a", {.parts = 1});
  const auto before = fragments;
  mark("a", {.parts = 1});
  EXPECT_EQ(fragments, before) << "nothing new to say";
  mark("a", {.parts = 2});
  EXPECT_EQ(fragments, before + 1) << "the second part is stale too";
  EXPECT_EQ(fragment(page), "stale");
}

}  // namespace
}  // namespace freshet
