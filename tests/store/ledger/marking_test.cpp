#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

using Marking = ledger_fixture;

TEST_F(Marking, NumbersStartWhereToldAndRise) {
  book.add(0, 0);
  EXPECT_EQ(book.mark(0, {}, now), 1000u);
  EXPECT_EQ(book.mark(0, {}, now), 1001u);
  EXPECT_EQ(book.status(0).want, 1001u);
}

TEST_F(Marking, CoalesceCountsFromTheFirstUnservedEvent) {
  built(0);
  book.mark(0, {.coalesce = 1s}, now);
  now += 900ms;
  book.mark(0, {.coalesce = 1s}, now);
  EXPECT_FALSE(take());
  EXPECT_EQ(book.next_due(), now + 100ms);
  now += 100ms;
  auto c = take();
  ASSERT_TRUE(c);
  EXPECT_FALSE(put(*c).requeued);
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Marking, EventDuringARefreshWaitsItsOwnCoalesce) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  book.mark(0, {.coalesce = 2s}, now);
  EXPECT_TRUE(put(*c).requeued);
  EXPECT_FALSE(take());
  now += 2s;
  EXPECT_TRUE(take());
}

TEST_F(Marking, MinIntervalSeparatesRefreshes) {
  book.add_class(2, {.min_interval = 10s});
  built(0, 2);
  book.mark(0, {}, now);
  EXPECT_FALSE(take(2));
  now += 10s;
  EXPECT_TRUE(take(2));
}

TEST_F(Marking, LazyIsStaleAtOnceAndRefreshedWhenAskedOrWatched) {
  built(0);
  built(1);
  book.mark(0, {.lazy = true}, now);
  book.mark(1, {.lazy = true}, now);
  EXPECT_EQ(state(0), freshness_state::stale);
  EXPECT_FALSE(take());
  const sequence before = book.last_sequence();
  book.ask(0, lane::visitor, cause::miss, now);
  EXPECT_EQ(book.last_sequence(), before) << "the lazy mark already has a number";
  EXPECT_EQ(take().value().ref, 0u);
  book.watch(1, true, now);
  EXPECT_EQ(take().value().ref, 1u);
}

TEST_F(Marking, LazyMarkOfAWatchedPageIsQueued) {
  built(0);
  book.watch(0, true, now);
  book.mark(0, {.lazy = true}, now);
  EXPECT_EQ(take().value().in, lane::watched);
}

TEST_F(Marking, LanesGoBeforeAge) {
  for (page_ref p = 0; p < 4; ++p) built(p);
  book.set_popularity(1, true);
  book.watch(2, true, now);
  for (page_ref p = 0; p < 4; ++p) book.mark(p, {}, now);
  book.ask(3, lane::visitor, cause::miss, now);
  std::vector<page_ref> order;
  while (auto c = take()) order.push_back(c->ref);
  EXPECT_EQ(order, (std::vector<page_ref>{3, 2, 1, 0}));
}

TEST_F(Marking, OldestFirstInsideALane) {
  for (page_ref p = 0; p < 3; ++p) built(p);
  book.mark(2, {}, now);
  book.mark(0, {}, now);
  book.mark(1, {}, now);
  book.mark(2, {}, now);  // does not lose its place
  EXPECT_EQ(take().value().ref, 2u);
  EXPECT_EQ(take().value().ref, 0u);
  EXPECT_EQ(take().value().ref, 1u);
}

TEST_F(Marking, AFloodOfVisitorsDoesNotStarveTheRest) {
  for (page_ref p = 0; p < 40; ++p) book.add(p, 0);
  book.mark(0, {}, now);
  for (page_ref p = 1; p < 40; ++p) book.ask(p, lane::visitor, cause::miss, now);
  bool served = false;
  for (int i = 0; i < 16; ++i) served = served || take().value().ref == 0;
  EXPECT_TRUE(served);
}

TEST_F(Marking, ClaimsMayBeHeldToTheUpperLanes) {
  built(0);
  book.mark(0, {}, now);
  EXPECT_FALSE(book.claim_next(0, now, lane::popular));
  EXPECT_TRUE(book.claim_next(0, now, lane::rest));
}

TEST_F(Marking, AnUnservedEventStaysTheCauseUnderASweep) {
  built(0);
  auto from = std::make_shared<const origin>(origin{.event_id = "e1"});
  book.mark(0, {.from = from}, now);
  book.mark(0, {.why = cause::sweep}, now);
  auto c = take();
  EXPECT_EQ(c->why, cause::event);
  EXPECT_EQ(c->from, from);
  put(*c);
  EXPECT_EQ(book.status(0).from, from);
}

TEST_F(Marking, VisitorsJoinARefreshThatIsAsNewAsEveryMark) {
  book.add(0, 0);
  for (int i = 0; i < 100; ++i) book.ask(0, lane::visitor, cause::miss, now);
  auto c = take();
  ASSERT_TRUE(c);
  EXPECT_EQ(c->why, cause::miss);
  for (int i = 0; i < 100; ++i) book.ask(0, lane::visitor, cause::miss, now);
  EXPECT_FALSE(put(*c).requeued);
  EXPECT_FALSE(take());
}

TEST_F(Marking, OneClassInTroubleBlocksNobodyElse) {
  built(0, 0);
  built(1, 1);
  book.mark(0, {}, now);
  book.mark(1, {}, now);
  EXPECT_EQ(take(1).value().ref, 1u);
  EXPECT_EQ(book.ready(0), 1u);
}

TEST_F(Marking, OnlyTheNamedPartsRun) {
  built(0, 1);
  book.mark(0, {.parts = 0b010}, now);
  auto c = take(1);
  EXPECT_EQ(c->parts, 0b010u);
  put(*c);
  const freshness f = book.status(0);
  EXPECT_EQ(f.state, freshness_state::fresh);
  EXPECT_EQ(f.have, f.want) << "parts that the mark did not name are as new as it";
}

TEST_F(Marking, PartsOutsideThePageAreIgnored) {
  built(0);
  book.mark(0, {.parts = 0b100}, now);
  EXPECT_FALSE(take());
  EXPECT_EQ(state(0), freshness_state::fresh);
}

}  // namespace
}  // namespace freshet::test
