#include <random>

#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

bool shows(const floor_ptr& floor, std::int64_t n) {
  simdjson::dom::parser parser;
  const auto text = "{\"seq\":" + std::to_string(n) + "}";
  return floor->shown_by(parser.parse(text).value(), text);
}

class Floors : public ledger_fixture {
 protected:
  /// The refresh brought number `shown`.
  commit_outcome bring(const claim& c, std::int64_t shown, bool changed = true,
                       bool has_content = true) {
    return book.commit(c.ref, c.token,
                       {.good = c.parts,
                        .changed = changed,
                        .floor_met = !c.floor || shows(c.floor, shown),
                        .has_content = has_content},
                       now);
  }
  void event(page_ref page, std::int64_t n) { book.mark(page, {.floor = floor_at(n)}, now); }
  /// Time passes until the page is up for its next look.
  std::chrono::nanoseconds wait_for_look(page_ref page) {
    const auto next = book.status(page).next;
    EXPECT_TRUE(next);
    const auto passed = next.value_or(now) - now;
    now += passed;
    book.reap(now);
    return passed;
  }
};

TEST_F(Floors, ReachedAtOnceItIsAnOrdinaryRefresh) {
  built(0);
  event(0, 5);
  const auto c = take();
  ASSERT_TRUE(c && c->floor);
  const auto done = bring(*c, 5);
  EXPECT_TRUE(done.accepted && !done.held && done.floor.settled && !done.floor.unmet);
  EXPECT_EQ(state(0), freshness_state::fresh);
  EXPECT_FALSE(book.status(0).floor);
  EXPECT_FALSE(book.next_due()) << "nothing is left to do";
}

TEST_F(Floors, LooksFourTimesAgainWithJitterThenTakesWhatThereIs) {
  built(0);
  const auto version = book.version(0);
  event(0, 5);
  const std::array about{500ms, 2000ms, 8000ms, 30'000ms};
  for (unsigned n = 0; n < about.size(); ++n) {
    const auto c = take();
    ASSERT_TRUE(c);
    const auto done = bring(*c, 4);
    EXPECT_TRUE(done.accepted && done.held && done.requeued);
    EXPECT_EQ(book.version(0), version) << "the old entry is kept";
    EXPECT_EQ(state(0), freshness_state::stale);
    EXPECT_TRUE(book.status(0).queued) << "queued, not running";
    EXPECT_EQ(book.status(0).floor_looks, n + 1);
    EXPECT_FALSE(take());
    const auto waited = wait_for_look(0);
    EXPECT_GE(waited, about[n] * 4 / 5);
    EXPECT_LE(waited, about[n] * 6 / 5);
  }
  const auto c = take();
  ASSERT_TRUE(c && c->floor);
  EXPECT_EQ(c->why, cause::event);
  const auto done = bring(*c, 4);
  EXPECT_TRUE(done.accepted && !done.held && done.floor.settled && done.floor.unmet);
  EXPECT_GT(book.version(0), version);
  EXPECT_EQ(state(0), freshness_state::fresh);
  EXPECT_TRUE(book.status(0).floor_unmet) << "and it says so";
  EXPECT_FALSE(book.next_due());
}

TEST_F(Floors, WhatItSaysOfAnUnmetFloorEndsWithTheNextContent) {
  built(0);
  event(0, 5);
  for (int i = 0; i < 4; ++i) {
    bring(*take(), 4);
    wait_for_look(0);
  }
  bring(*take(), 4);
  book.mark(0, {.why = cause::sweep}, now);
  bring(*take(), 4, false);
  EXPECT_TRUE(book.status(0).floor_unmet) << "the same bytes still do not show it";
  book.mark(0, {.why = cause::sweep}, now);
  bring(*take(), 5);
  EXPECT_FALSE(book.status(0).floor_unmet);
}

TEST_F(Floors, APageWithoutAnEntryIsServedAtOnceAsStale) {
  book.add(0, 0);
  event(0, 5);
  const auto done = bring(*take(), 4, true, false);
  EXPECT_TRUE(done.accepted && !done.held && done.requeued);
  EXPECT_GT(done.version, 0u);
  EXPECT_EQ(state(0), freshness_state::stale);
  wait_for_look(0);
  EXPECT_TRUE(bring(*take(), 5).floor.settled);
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Floors, AVisitorWithNothingToServeDoesNotWaitForTheNextLook) {
  built(0);
  event(0, 5);
  bring(*take(), 4);
  EXPECT_FALSE(take());
  book.ask(0, lane::visitor, cause::miss, now);  // its body was evicted
  const auto c = take();
  ASSERT_TRUE(c);
  EXPECT_FALSE(bring(*c, 4, false, false).held);
}

TEST_F(Floors, KeepsTheLargestNumberElseTheNewest) {
  built(0);
  event(0, 7);
  event(0, 5);
  auto c = take();
  EXPECT_FALSE(shows(c->floor, 6));
  EXPECT_TRUE(shows(c->floor, 7));
  EXPECT_TRUE(bring(*c, 7).floor.settled);
  event(0, 5);
  event(0, 8);
  c = take();
  EXPECT_FALSE(shows(c->floor, 7));
}

TEST_F(Floors, AFloorThatComesDuringTheRefreshIsNotMetByIt) {
  built(0);
  event(0, 5);
  const auto c = take();
  event(0, 6);
  EXPECT_TRUE(bring(*c, 5).requeued);
  EXPECT_EQ(state(0), freshness_state::stale);
  const auto again = take();
  ASSERT_TRUE(again && again->floor);
  EXPECT_FALSE(shows(again->floor, 5));
  EXPECT_TRUE(bring(*again, 6).floor.settled);
  EXPECT_EQ(state(0), freshness_state::fresh);
}

TEST_F(Floors, AnEarlierLookThatANewEventCausesDoesNotCount) {
  built(0);
  event(0, 5);
  bring(*take(), 4);
  const auto due = *book.status(0).next;
  for (int i = 0; i < 20; ++i) {
    now += 10ms;
    event(0, 6);
    EXPECT_TRUE(bring(*take(), 4).held);
  }
  EXPECT_EQ(book.status(0).next, due);
  EXPECT_EQ(book.status(0).floor_looks, 1u);
}

/// Every event is ahead of the upstream: what is served moves on all the same, and the last event
/// has all its looks.
TEST_F(Floors, AStreamOfEventsNeitherFreezesThePageNorIsGivenUpEarly) {
  built(0);
  const auto first = book.version(0);
  const auto end = now + 5min;
  std::int64_t n = 0;
  while (now < end) {
    event(0, ++n);
    if (const auto c = take()) bring(*c, n - 5);
    now += 1s;
    book.reap(now);
  }
  EXPECT_GT(book.version(0), first) << "not frozen";
  EXPECT_FALSE(book.status(0).floor_unmet);
  for (int looks = 0; state(0) != freshness_state::fresh; ++looks) {
    ASSERT_LT(looks, 20);
    wait_for_look(0);
    const auto c = take();
    ASSERT_TRUE(c);
    bring(*c, now < end + 8s ? n - 5 : n);
  }
  EXPECT_FALSE(book.status(0).floor_unmet) << "the last event was seen";
}

TEST_F(Floors, AFailureBetweenLooksKeepsTheFloor) {
  built(0);
  event(0, 5);
  bring(*take(), 4);
  wait_for_look(0);
  break_off(*take());
  now += 5min;
  book.reap(now);
  const auto c = take();
  ASSERT_TRUE(c && c->floor);
  EXPECT_TRUE(bring(*c, 5).floor.settled);
}

TEST_F(Floors, OnlyThePartsThatWereNamedStayStale) {
  book.add(0, 1);
  book.mark(0, {}, now);
  book.mark(0, {.parts = 0b010, .floor = floor_at(5)}, now);
  const auto done = bring(*take(1), 4, true, false);
  EXPECT_FALSE(done.held);
  const auto is = book.status(0);
  EXPECT_EQ(is.parts[0].state, freshness_state::fresh);
  EXPECT_EQ(is.parts[1].state, freshness_state::stale);
  EXPECT_EQ(is.parts[2].state, freshness_state::fresh);
  wait_for_look(0);
  const auto again = take(1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->parts, 0b010u);
}

TEST_F(Floors, AVariantFollowsThePageThatIsChecked) {
  book.on_floor([](page_ref page) {
    return page == 0   ? floor_role::checked
           : page == 1 ? floor_role::follows
                       : floor_role::unchecked;
  });
  for (page_ref page : {0u, 1u, 2u}) built(page);
  const auto what = mark_request{.floor = floor_at(5)};
  for (page_ref page : {0u, 1u, 2u}) book.mark(page, what, now);
  auto c = take();
  EXPECT_TRUE(c->ref == 0 && c->floor);
  bring(*c, 5);
  c = take();
  EXPECT_TRUE(c->ref == 2 && !c->floor) << "the page it is a variant of is not known";
  put(*c);
  EXPECT_FALSE(take());
  EXPECT_EQ(state(1), freshness_state::stale) << "and says so meanwhile";
  book.mark(1, {.settled = true}, now);  // as the store does when the floor is settled
  c = take();
  ASSERT_TRUE(c);
  EXPECT_EQ(c->ref, 1u);
  put(*c);
  EXPECT_EQ(state(1), freshness_state::fresh);
  book.mark(1, what, now);
  now += 1min;
  EXPECT_EQ(take()->ref, 1u) << "nobody led: it goes alone";
}

TEST_F(Floors, RowsAtRestAreAsSmallAsBefore) {
  EXPECT_LE(sizeof(ledger_row), 128u);
  for (page_ref page = 0; page < 1000; ++page) built(page);
  const auto before = book.bytes();
  for (page_ref page = 0; page < 1000; ++page) event(page, 5);
  EXPECT_GT(book.bytes(), before + 1000 * sizeof(floor_wait)) << "what is pending is counted";
  while (auto c = take()) bring(*c, 5);
  // The queues keep their blocks.
  EXPECT_LE(book.bytes(), before + (64u << 10));
}

/// Random events, lags and looks against the two promises: what is served without `floor_unmet` and
/// called fresh shows every event's number, and everything ends.
TEST(FloorModel, NeverFreshWithoutSayingSo) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    ledger book(1, seed);
    book.add_class(0, {.settle = 5s});
    mono_time now{1h};
    book.add(0, 0);
    const auto pick = [&](std::int64_t n) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    std::vector<std::pair<mono_time, std::int64_t>> truth{{mono_time{}, 0}};  // when it is readable
    std::int64_t newest = 0, served = -1;
    const auto events_end = now + 60s;
    const auto busy = [&] { return now < events_end || book.next_due() || book.queued() > 0; };
    for (int step = 0; step < 5000 && busy(); ++step) {
      if (now < events_end && pick(3) == 0) {
        truth.emplace_back(now + pick(30'000) * 1ms, ++newest);
        book.mark(0, {.floor = floor_at(newest)}, now);
      }
      std::int64_t readable = 0;
      for (const auto& [from, n] : truth)
        if (from <= now) readable = std::max(readable, n);
      if (const auto c = book.claim_next(0, now)) {
        now += pick(300) * 1ms;
        const bool had = served >= 0;
        const auto done = book.commit(0, c->token,
                                      {.good = c->parts,
                                       .changed = readable != served,
                                       .floor_met = !c->floor || shows(c->floor, readable),
                                       .has_content = had},
                                      now);
        ASSERT_TRUE(done.accepted);
        if (!done.held) served = readable;
      }
      const auto is = book.status(0);
      if (is.state == freshness_state::fresh && !is.floor_unmet && newest > 0)
        ASSERT_EQ(served, newest) << "seed " << seed << " step " << step;
      now += now < events_end
                 ? pick(1500) * 1ms
                 : std::max<std::chrono::nanoseconds>(book.next_due().value_or(now) - now, 1ms);
      book.reap(now);
    }
    EXPECT_FALSE(busy()) << "seed " << seed;
    EXPECT_EQ(served, newest) << "seed " << seed << ": the lag is shorter than the looks take";
    EXPECT_FALSE(book.status(0).floor_unmet) << "seed " << seed;
  }
}

}  // namespace
}  // namespace freshet::test
