#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

using Refreshing = ledger_fixture;

TEST_F(Refreshing, ManyEventsDuringARefreshCauseExactlyOneMore) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  for (int i = 0; i < 50; ++i) book.mark(0, {}, now);
  EXPECT_FALSE(take()) << "at most one refresh of a page is up";
  EXPECT_TRUE(put(*c).requeued);
  auto again = take();
  ASSERT_TRUE(again);
  EXPECT_FALSE(put(*again).requeued);
  EXPECT_FALSE(take());
}

TEST_F(Refreshing, SameContentKeepsTheVersion) {
  built(0);
  const sequence version = book.version(0);
  book.mark(0, {}, now);
  EXPECT_EQ(put(*take(), false).version, version);
  book.mark(0, {}, now);
  EXPECT_GT(put(*take(), true).version, version);
}

TEST_F(Refreshing, LostLeaseIsDiscarded) {
  built(0);
  book.mark(0, {}, now);
  auto slow = take();
  now = slow->deadline;
  EXPECT_EQ(book.reap(now).expired, std::vector<page_ref>{0});
  EXPECT_FALSE(put(*slow).accepted);
  now += 1min;
  auto second = take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->token.want, slow->token.want) << "the same want, yet another lease";
  EXPECT_FALSE(put(*slow).accepted);
  EXPECT_TRUE(put(*second).accepted);
  EXPECT_FALSE(put(*second).accepted) << "a lease commits once";
}

TEST_F(Refreshing, CommitOfAForgottenPageIsDiscarded) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  book.forget(0);
  EXPECT_FALSE(put(*c).accepted);
  book.add(0, 0, 5000);
  EXPECT_FALSE(put(*c).accepted);
  EXPECT_EQ(book.version(0), 5000u);
  EXPECT_GT(book.next_sequence(), 5000u) << "versions never restart";
}

// The body was evicted, or lost over a restart: the refresh of one part asks for all. An optional
// part that failed then is null in what is served.
TEST_F(Refreshing, APartThatFailedBeyondTheClaimIsNotThereAnyMore) {
  built(0, 1);
  book.mark(0, {.parts = 0b001}, now);
  auto c = take(1);
  ASSERT_EQ(c->parts, 0b001u);
  EXPECT_TRUE(
      book.commit(0, c->token, {.good = 0b101, .bad = 0b010, .changed = true}, now).requeued);
  EXPECT_EQ(state(0), freshness_state::stale);
  now += 1s;
  book.reap(now);
  c = take(1);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->parts, 0b010u);
  EXPECT_FALSE(put(*c).requeued);
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Refreshing, AFailedPartKeepsItsHaveAndOnlyItIsQueuedAgain) {
  built(0, 1);
  book.mark(0, {}, now);
  auto c = take(1);
  ASSERT_EQ(c->parts, 0b111u);
  auto why = std::make_shared<const error>(fail(errc::timed_out));
  const auto out =
      book.commit(0, c->token, {.good = 0b101, .bad = 0b010, .failure = why, .changed = true}, now);
  EXPECT_TRUE(out.accepted && out.requeued);
  const freshness f = book.status(0);
  EXPECT_EQ(f.parts[0].state, freshness_state::fresh);
  EXPECT_EQ(f.parts[1].state, freshness_state::stale);
  EXPECT_EQ(f.parts[1].failure, why);
  EXPECT_LT(f.have, f.want);
  now += 1min;
  auto again = take(1);
  EXPECT_EQ(again->parts, 0b010u);
  put(*again);
  EXPECT_EQ(state(0), freshness_state::fresh);
  EXPECT_FALSE(book.status(0).parts[1].failure);
}

TEST_F(Refreshing, ErrorsBackOffWithinTheBoundAndNeverTouchHave) {
  built(0);
  const sequence have = book.status(0).have;
  book.mark(0, {}, now);
  for (int i = 0; i < 9; ++i) {
    auto c = take();
    ASSERT_TRUE(c) << i;
    break_off(*c);
    EXPECT_EQ(book.status(0).have, have);
    const mono_time next = book.status(0).next.value();
    EXPECT_LE(next, now + std::min<std::chrono::nanoseconds>(1s * (1 << i), 5min));
    now = std::max(now, next);
  }
}

TEST_F(Refreshing, RetryAfterIsHonouredEvenWhenAnEventComes) {
  built(0);
  book.mark(0, {}, now);
  break_off(*take(), true, now + 2min);
  book.mark(0, {}, now);
  now += 2min - 1ns;
  EXPECT_FALSE(take());
  now += 1ns;
  EXPECT_TRUE(take());
}

TEST_F(Refreshing, AnEventCutsTheBackoffOnceInFiveSeconds) {
  ledger slow(1, 1, {.backoff_first = 5min});
  slow.add_class(0, {});
  slow.add(0, 0);
  slow.mark(0, {}, now);
  auto c = slow.claim_next(0, now);
  auto break_it = [&] {
    slow.fail(0, c->token, {.bad = 1, .counts_against_page = false}, now);
    ASSERT_GT(slow.status(0).next.value(), now + 6s) << "choose another seed";
  };
  break_it();
  slow.mark(0, {}, now);
  c = slow.claim_next(0, now);
  ASSERT_TRUE(c) << "the first event pulls to now";
  break_it();
  for (int i = 0; i < 50; ++i) {
    slow.mark(0, {}, now);
    EXPECT_FALSE(slow.claim_next(0, now));
    now += 100ms;
  }
  EXPECT_TRUE(slow.claim_next(0, now)) << "the next one 5 s after it";
}

TEST_F(Refreshing, NoEventCutsTheBackoffWhileTheBreakerIsOpen) {
  built(0);
  book.mark(0, {}, now);
  break_off(*take(), false);
  while (book.status(0).next.value() <= now + 1s) {
    now = std::max(now, *book.status(0).next);
    break_off(*take(), false);
  }
  book.set_breaker(0, true);
  book.mark(0, {}, now);
  EXPECT_FALSE(take());
  book.set_breaker(0, false);
  book.mark(0, {}, now);
  EXPECT_TRUE(take());
}

TEST_F(Refreshing, TheBudgetParksAndAnEventRearmsForOneTry) {
  built(0);
  park(0);
  EXPECT_EQ(book.parked(), 1u);
  EXPECT_FALSE(take());
  book.mark(0, {.why = cause::sweep}, now);
  EXPECT_EQ(state(0), freshness_state::parked) << "a sweep does not re-arm";
  now += 5s;
  book.mark(0, {}, now);
  auto c = take();
  ASSERT_TRUE(c);
  break_off(*c);
  EXPECT_EQ(state(0), freshness_state::parked) << "the budget is still spent";
  now += 5s;
  book.mark(0, {}, now);
  put(*take());
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Refreshing, UpstreamTroubleNeverParks) {
  built(0);
  book.mark(0, {}, now);
  for (int i = 0; i < 100; ++i) {
    now += 5min;
    break_off(*take(), false);
  }
  EXPECT_EQ(state(0), freshness_state::stale);
}

TEST_F(Refreshing, APageThatFailedStandsBehindThoseThatWaitForTheirFirstTry) {
  for (page_ref page = 0; page < 3; ++page) {
    book.add(page, 0);
    book.mark(page, {}, now);
  }
  for (const page_ref expected : {0u, 1u, 2u, 0u, 1u, 2u}) {
    const auto c = take();
    ASSERT_TRUE(c);
    EXPECT_EQ(c->ref, expected);
    break_off(*c, false);
    now += 5min;
  }
}

TEST_F(Refreshing, AClaimCanBeOfCertainLanesOnly) {
  book.add(0, 0);
  book.add(1, 0);
  book.mark(0, {}, now);
  book.mark(1, {.in = lane::watched}, now);
  EXPECT_FALSE(book.claim_next(0, now, lane::visitor));
  EXPECT_FALSE(book.claim_next(0, now, lane::popular, lane::popular));
  EXPECT_EQ(book.claim_next(0, now, lane::rest, lane::popular)->ref, 0u);
  EXPECT_EQ(book.claim_next(0, now, lane::watched)->ref, 1u);
}

TEST_F(Refreshing, ParkedPagesAreRearmedByHandHourlyAndByTheBreaker) {
  built(0);
  park(0);
  book.mark(0, {.why = cause::hand}, now);
  EXPECT_TRUE(take().has_value());
  book.forget(0);

  built(1);
  park(1);
  now += 1h;
  EXPECT_EQ(book.reap(now).rearmed, 1u);
  EXPECT_TRUE(take().has_value());
  book.forget(1);

  built(2);
  park(2);
  book.rearm(0, now, 10s);
  now += 10s;
  EXPECT_TRUE(take().has_value());
}

}  // namespace
}  // namespace freshet::test
