#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

using SweepLane = ledger_fixture;

TEST_F(SweepLane, IsBehindEverybodyAndOfEveryPage) {
  for (page_ref page : {0u, 1u, 2u}) built(page);
  book.watch(0, true, now);
  book.set_popularity(1, true);
  for (page_ref page : {0u, 1u}) book.mark(page, {.why = cause::sweep, .in = lane::sweep}, now);
  EXPECT_FALSE(take()) << "rest is the lowest that is claimed unless asked";
  book.mark(2, {}, now);
  EXPECT_EQ(take()->ref, 2u);
  const auto c = book.claim_next(0, now, lane::sweep, lane::sweep);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->in, lane::sweep);
  EXPECT_EQ(c->before, freshness_state::fresh);
  break_off(*c);
  now += 5min;
  book.reap(now);
  EXPECT_FALSE(take()) << "and comes back to it after a failure";
  const auto left = book.claim_next(0, now, lane::sweep, lane::sweep);
  ASSERT_TRUE(left);
  book.mark(left->ref, {}, now);
  put(*left);
  EXPECT_EQ(take()->ref, left->ref) << "an event is no sweep";
}

TEST_F(SweepLane, ASweepThatFoundNothingDoesNotHideTheEvent) {
  built(0);
  const auto from = std::make_shared<const origin>(origin{.event_id = "e"});
  book.mark(0, {.from = from}, now);
  put(*take());
  book.mark(0, {.why = cause::sweep}, now);
  put(*take(), false);
  EXPECT_EQ(book.status(0).from, from);
  book.mark(0, {.why = cause::sweep}, now);
  put(*take(), true);
  EXPECT_FALSE(book.status(0).from) << "what it found is no event's doing";
}

TEST_F(SweepLane, AnEventPullsAPageOutOfIt) {
  built(0);
  book.mark(0, {.why = cause::sweep, .in = lane::sweep}, now);
  book.mark(0, {}, now);
  const auto c = take();
  ASSERT_TRUE(c);
  EXPECT_EQ(c->why, cause::event);
  EXPECT_EQ(c->in, lane::rest);
}

TEST_F(SweepLane, KnowsWhatThePageSaidOfItself) {
  built(0);
  book.unverify(0);
  book.mark(0, {.why = cause::sweep}, now);
  EXPECT_EQ(take()->before, freshness_state::unverified);
  built(1);
  book.mark(1, {.lazy = true}, now);
  book.mark(1, {.why = cause::sweep, .in = lane::sweep}, now);
  const auto c = book.claim_next(0, now, lane::sweep, lane::sweep);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->before, freshness_state::stale);
}

}  // namespace
}  // namespace freshet::test
