#include "tests/connectors/schedule/workshop.hpp"

// Pages with `store = false`.

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::outcome;
using testing::SizeIs;

class Unstored : public test::workshop {
 protected:
  void open_page(std::string_view more = "") {
    open(std::string(test::one_page) + "store = false\n" + std::string(more));
  }
};

TEST_F(Unstored, TheVisitorsOfOneMomentShareACallAndNothingIsKept) {
  open_page();
  const auto first = ask("/p/a.json");
  const auto second = ask("/p/a.json");
  const auto other = ask("/p/b.json");
  settle();
  EXPECT_THAT(up->asked, SizeIs(2));
  EXPECT_EQ(up->lane_of("/x/a"), call_lane::visitor);
  answer("/x/a", "1");
  answer("/x/b", "2");
  EXPECT_EQ(first->body(), "1");
  EXPECT_EQ(first->status(), "fresh fwd=miss");
  EXPECT_EQ(second->body(), "1");
  EXPECT_EQ(second->status(), "fresh fwd=miss; collapsed");
  EXPECT_EQ(other->body(), "2");
  EXPECT_EQ(first->got->shown.content->version, 0u);
  EXPECT_EQ(store->known(), 0u);
  const auto later = ask("/p/a.json");
  settle();
  answer("/x/a", "3");
  EXPECT_EQ(later->body(), "3");
}

TEST_F(Unstored, AFailureIsEverybodysAndTheNextVisitorTriesAnew) {
  open_page();
  const auto first = ask("/p/a.json");
  const auto second = ask("/p/a.json");
  settle();
  refuse("/x/a", error(status_error(503, 9s)));
  for (const auto& v : {first, second}) {
    ASSERT_TRUE(v->got);
    EXPECT_EQ(v->got->what, outcome::failed);
    EXPECT_EQ(v->got->detail, "The upstream \"u\" answered 503.");
    EXPECT_EQ(v->got->retry_after, 9s);
  }
  const auto third = ask("/p/a.json");
  settle();
  answer("/x/a", "1");
  EXPECT_EQ(third->body(), "1");
}

TEST_F(Unstored, A404IsPassedOn) {
  open_page();
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("", 404)));
  settle();
  EXPECT_EQ(v->got->what, outcome::served);
  EXPECT_EQ(v->got->shown.content->status, 404);
}

TEST_F(Unstored, AnAnswerAtOnceIsServed) {
  open_page();
  up->at_once = test::json_answer("1");
  const auto v = ask("/p/a.json");
  settle();
  EXPECT_EQ(v->body(), "1");
}

TEST_F(Unstored, TheWaitEndsAndTheBoundHolds) {
  desk_limits.unstored = 2;
  open_page("wait = '5ms'\n");
  const auto a = ask("/p/a.json");
  const auto b = ask("/p/b.json");
  const auto c = ask("/p/c.json");
  const auto joins = ask("/p/a.json");
  settle();
  ASSERT_TRUE(c->got);
  EXPECT_EQ(c->got->what, outcome::queue_full);
  EXPECT_FALSE(joins->got) << "joining costs nothing";
  time.advance(5ms);
  run_until([&] { return a->got && b->got && joins->got; });
  EXPECT_EQ(a->got->what, outcome::wait_passed);
}

TEST_F(Unstored, WhoLeavesLeavesTheBuildToTheOthers) {
  open_page();
  const auto gone = ask("/p/a.json");
  const auto stays = ask("/p/a.json");
  settle();
  gone->leave.emit(asio::cancellation_type::terminal);
  settle();
  EXPECT_TRUE(gone->thrown);
  answer("/x/a", "1");
  EXPECT_EQ(stays->body(), "1");
}

TEST_F(Unstored, ClosingEndsTheBuilds) {
  open_page();
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_EQ(up->up(), 1u);
  stop();
  ASSERT_TRUE(v->got);
  EXPECT_NE(v->got->what, outcome::served);
}

}  // namespace
}  // namespace freshet
