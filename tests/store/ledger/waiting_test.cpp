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

TEST_F(Waiting, BytesFollowTheRows) {
  const std::size_t before = book.bytes();
  book.add(999, 1);
  EXPECT_GE(book.bytes(), before + 1000 * sizeof(ledger_row) + 2 * sizeof(part_row));
}

}  // namespace
}  // namespace freshet::test
