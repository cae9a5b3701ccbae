#include <random>

#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

floor_ptr floor_at(std::int64_t n) {
  static const auto rule = [] {
    auto made = std::make_shared<floor_rule>();
    made->event = *json::pointer::parse("/msg/seq");
    made->page = *json::pointer::parse("/seq");
    return std::shared_ptr<const floor_rule>(made);
  }();
  return std::make_shared<const page_floor>(rule, std::vector<std::string>{std::to_string(n)});
}

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

class Rereads : public ledger_fixture {
 protected:
  Rereads() {
    book.add_class(2, {.settle = 5s});
    book.add_class(3, {.parts = 2, .settle = 5s});
    built(0, 2);
  }
  std::size_t rereads_by(mono_time when) {
    now = when;
    return book.reap(now).rereads.size();
  }
};

TEST_F(Rereads, TheSameBytesEarnOne) {
  const auto from = std::make_shared<const origin>(origin{.event_id = "e"});
  book.mark(0, {.from = from}, now);
  put(*take(2), false);
  EXPECT_EQ(state(0), freshness_state::fresh);
  EXPECT_EQ(book.next_due(), now + 5s);
  EXPECT_EQ(rereads_by(now + 4999ms), 0u);
  EXPECT_EQ(rereads_by(now + 1ms), 1u);
  const auto c = take(2);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->why, cause::reread);
  EXPECT_EQ(c->from, from) << "what it finds came with the event";
  put(*c, false);
  EXPECT_FALSE(book.next_due()) << "one, not one after the other";
}

TEST_F(Rereads, NoneWhenTheBytesChanged) {
  book.mark(0, {}, now);
  put(*take(2), true);
  EXPECT_FALSE(book.next_due());
}

TEST_F(Rereads, NoneForWhatIsNoEvent) {
  for (const auto why : {cause::sweep, cause::timer, cause::hand, cause::miss, cause::warm}) {
    book.mark(0, {.why = why}, now);
    put(*take(2), false);
    EXPECT_FALSE(book.next_due()) << text_of(why);
  }
}

TEST_F(Rereads, NoneWhenANewerEventCame) {
  book.mark(0, {}, now);
  put(*take(2), false);
  now += 3s;
  book.mark(0, {}, now);
  put(*take(2), true);
  EXPECT_EQ(rereads_by(now + 10s), 0u);
}

TEST_F(Rereads, AtMostOnePerPageAndSettle) {
  std::size_t rereads = 0;
  for (int i = 0; i < 100; ++i) {
    book.mark(0, {}, now);
    put(*take(2), false);
    now += 100ms;
    rereads += book.reap(now).rereads.size();
    if (const auto c = take(2)) put(*c, false);
  }
  now += 10s;
  rereads += book.reap(now).rereads.size();
  EXPECT_EQ(rereads, 1u);
}

TEST_F(Rereads, NoneAfterAFloorWasMet) {
  book.mark(0, {.floor = floor_at(5)}, now);
  put(*take(2), false);  // met
  EXPECT_FALSE(book.next_due());
}

TEST_F(Rereads, AFailureFirstDoesNotLoseIt) {
  book.mark(0, {}, now);
  break_off(*take(2));
  now += 1min;
  book.reap(now);
  put(*take(2), false);
  EXPECT_EQ(rereads_by(now + 5s), 1u);
}

TEST_F(Rereads, ReadsThePartsThatTheEventNamed) {
  book.add(1, 3);
  book.mark(1, {}, now);
  put(*take(3), true);
  book.mark(1, {.parts = 0b10}, now);
  put(*take(3), false);
  EXPECT_EQ(rereads_by(now + 5s), 1u);
  EXPECT_EQ(take(3)->parts, 0b10u);
}

TEST_F(Rereads, AnEventOfAnotherPartDoesNotTakeItsPlace) {
  book.add(1, 3);
  book.mark(1, {}, now);
  put(*take(3), true);
  book.mark(1, {.parts = 0b01}, now);
  put(*take(3), false);
  now += 3s;
  book.mark(1, {.parts = 0b10}, now);
  put(*take(3), true);
  EXPECT_EQ(rereads_by(now + 2s), 1u);
  EXPECT_EQ(take(3)->parts, 0b01u);
}

TEST_F(Rereads, NorDoesOneThatComesDuringTheRefresh) {
  book.add(1, 3);
  book.mark(1, {}, now);
  put(*take(3), true);
  book.mark(1, {.parts = 0b01}, now);
  const auto c = take(3);
  book.mark(1, {.parts = 0b10}, now);
  put(*c, false);
  EXPECT_TRUE(book.status(1).reread);
  put(*take(3), true);
  EXPECT_EQ(rereads_by(now + 5s), 1u);
  EXPECT_EQ(take(3)->parts, 0b01u);
}

TEST_F(Rereads, AMarkThatIsNoEventDoesNotLoseIt) {
  book.mark(0, {}, now);
  const auto c = take(2);
  book.mark(0, {.why = cause::timer}, now);
  put(*c, false);
  put(*take(2), false);
  EXPECT_EQ(rereads_by(now + 5s), 1u);
  put(*take(2), false);
  book.mark(0, {}, now);
  const auto broken = take(2);
  book.mark(0, {.why = cause::timer}, now);
  break_off(*broken);
  now += 1min;
  book.reap(now);
  put(*take(2), false);
  EXPECT_EQ(rereads_by(now + 5s), 1u) << "after a failure, too";
}

TEST_F(Rereads, AnotherLedgerGoesOnWithIt) {
  book.mark(0, {}, now);
  put(*take(2), false);
  const auto was = book.status(0);
  EXPECT_TRUE(was.reread);
  ledger other(5000, 1);
  for (class_id of = 0; of < 3; ++of) other.add_class(of, {.settle = 5s});
  other.add(0, 2);
  other.restore(0, was);
  other.look_again(0, now);
  EXPECT_EQ(other.status(0).state, freshness_state::fresh) << "nothing says that it is old";
  EXPECT_TRUE(other.status(0).reread);
  EXPECT_EQ(other.reap(now + 4999ms).rereads.size(), 0u);
  EXPECT_EQ(other.reap(now + 5s).rereads.size(), 1u);
  EXPECT_FALSE(other.status(0).reread) << "it is on its way";
}

TEST_F(Rereads, WhatIsTooMuchIsReadAtOnce) {
  ledger small(1, 1, {.rereads = 10});
  small.add_class(0, {.settle = 5s});
  for (page_ref page = 0; page < 100; ++page) {
    small.add(page, 0);
    small.mark(page, {}, now);
    const auto c = small.claim_next(0, now);
    small.commit(page, c->token, {.good = c->parts}, now);
  }
  EXPECT_EQ(small.next_due(), now);
  EXPECT_EQ(small.reap(now).rereads.size(), 90u) << "the oldest of them";
  EXPECT_TRUE(small.status(90).reread);
  EXPECT_EQ(small.reap(now + 5s).rereads.size(), 10u);
}

TEST_F(Rereads, AForgottenPageHasNone) {
  book.mark(0, {}, now);
  put(*take(2), false);
  book.forget(0);
  EXPECT_EQ(rereads_by(now + 5s), 0u);
}

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
