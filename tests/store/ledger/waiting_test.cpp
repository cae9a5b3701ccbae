#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

using Waiting = ledger_fixture;

TEST_F(Waiting, NextDueIsInTheFutureAfterReap) {
  for (page_ref p = 0; p < 20; ++p) built(p);
  for (page_ref p = 0; p < 20; ++p) book.mark(p, {.coalesce = p * 1s}, now);
  for (int i = 0; i < 30; ++i) {
    book.reap(now);
    if (auto next = book.next_due()) EXPECT_GT(*next, now);
    now += 1s;
  }
  EXPECT_EQ(book.ready(0), 20u);
  EXPECT_FALSE(book.next_due()) << "what only waits for a connector needs no timer";
}

TEST_F(Waiting, UntilMarksWhenItsTimeComes) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  book.commit(0, c->token, {.good = 1, .until = now + 30s}, now);
  EXPECT_EQ(book.next_due(), now + 30s);
  now += 30s;
  EXPECT_EQ(book.reap(now).timers, std::vector<page_ref>{0});
  EXPECT_EQ(take().value().why, cause::timer);
}

TEST_F(Waiting, NegativeEntriesAreLookedAtAgainOnlyIfSomebodyAsks) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  book.commit(0, c->token, {.good = 1, .changed = true, .negative = true}, now);
  now += 60s;
  book.reap(now);
  EXPECT_EQ(state(0), freshness_state::stale);
  EXPECT_FALSE(take());
  book.ask(0, lane::visitor, cause::miss, now);
  EXPECT_TRUE(take());
}

TEST_F(Waiting, EveryRunsWhileLookedAtAndStartsAgain) {
  book.add_class(2, {.every = 10min, .idle = 1h});
  built(0, 2);
  int refreshed = 0;
  for (int minute = 0; minute < 180; ++minute) {
    now += 1min;
    book.reap(now);
    if (auto c = take(2)) {
      ++refreshed;
      put(*c, false);
    }
  }
  EXPECT_EQ(refreshed, 5) << "every 10 minutes until an hour after the last visitor";
  book.asked(0, now);
  book.reap(now);
  EXPECT_TRUE(take(2));
}

TEST_F(Waiting, UnverifiedIsAGenerationAndEndsWithARefreshThatBeganAfterIt) {
  built(0);
  book.mark(0, {}, now);
  auto c = take();
  book.unverify(0);
  EXPECT_EQ(state(0), freshness_state::unverified);
  put(*c, false);
  EXPECT_EQ(state(0), freshness_state::unverified) << "it began before the gap was known";
  book.mark(0, {.why = cause::sweep}, now);
  put(*take(), false);
  EXPECT_EQ(state(0), freshness_state::fresh);
  EXPECT_EQ(book.state(0), freshness_state::fresh);
}

TEST_F(Waiting, PartsAreVerifiedOneByOne) {
  built(0, 1);
  book.unverify(1);
  book.mark(0, {.why = cause::sweep}, now);
  auto c = take(1);
  book.commit(0, c->token, {.good = 0b011, .bad = 0b100}, now);
  EXPECT_EQ(state(0), freshness_state::unverified);
  now += 1min;
  put(*take(1), false);
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Waiting, WhatIsDueTogetherComesInSlices) {
  constexpr page_ref pages = 500;
  book.add_class(2, {.every = 10min, .idle = 1h});
  for (page_ref p = 0; p < pages; ++p) built(p, 2);
  now += 10min;
  std::size_t fired = 0;
  for (bool more = true; more;) {
    const auto out = book.reap(now, 64);
    EXPECT_LE(out.timers.size(), 64u);
    fired += out.timers.size();
    more = out.more;
  }
  EXPECT_EQ(fired, pages);
  now += 1min;  // every lease of the refreshes that begin here ends at once
  while (book.claim_next(2, now)) {
  }
  now += 1h;
  std::size_t expired = 0;
  for (bool more = true; more;) {
    const auto out = book.reap(now, 64);
    EXPECT_LE(out.expired.size(), 64u);
    expired += out.expired.size();
    more = out.more;
  }
  EXPECT_EQ(expired, pages);
}

TEST_F(Waiting, TheBreakerRearmsAllPagesSliceBySlice) {
  constexpr page_ref pages = 3 * ledger::slice_pages;
  for (page_ref p = 0; p < pages; ++p) built(p);
  for (page_ref p = 0; p < pages; ++p) book.mark(p, {}, now);
  for (int error = 0; error < 10; ++error) {  // all are parked in the end
    while (auto c = book.claim_next(0, now)) book.fail(c->ref, c->token, {.bad = c->parts}, now);
    now += 5min;
    while (book.reap(now, 64).more) {
    }
  }
  ASSERT_EQ(book.parked(), pages);
  book.rearm(0, now, 0s);
  EXPECT_EQ(book.parked(), pages - ledger::slice_pages);
  while (book.reap(now, 64).more) {
  }
  EXPECT_EQ(book.parked(), 0u);
  EXPECT_EQ(book.ready(0), pages);
}

TEST_F(Waiting, APageAtRestTakesARowAndNothingElse) {
  built(0);
  std::size_t before = 0;
  for (int round = 0; round < 2; ++round) {  // in the first the queues get their room
    before = book.bytes();
    book.mark(0, {}, now);
    const std::size_t marked = book.bytes();
    EXPECT_GT(marked, before);
    auto c = take();
    break_off(*c);  // what failed is remembered until it went well
    EXPECT_GT(book.bytes(), marked);
    now += 5min;
    book.reap(now);
    put(*take(), false);
  }
  EXPECT_EQ(book.bytes(), before);
}

TEST_F(Waiting, BytesFollowTheRows) {
  const std::size_t before = book.bytes();
  book.add(999, 1);
  EXPECT_GE(book.bytes(), before + 1000 * sizeof(ledger_row) + 2 * sizeof(part_row));
}

}  // namespace
}  // namespace freshet::test
