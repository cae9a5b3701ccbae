#include "tests/store/ledger/fixture.hpp"

namespace freshet::test {
namespace {

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

}  // namespace
}  // namespace freshet::test
