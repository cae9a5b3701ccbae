#include "tests/connectors/schedule/workshop.hpp"

// What an upstream that fails does to its pages.

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class SchedulerBreaker : public test::workshop {
 protected:
  void open_guarded() {
    open(
        "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
        "limits = { concurrency = 4, retries = 0 }\n"
        "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
        "settle = 0\n",  // nothing is read a second time
        true);
  }
  circuit_breaker::state breaker() const { return guards[0]->breaker().now_state(); }
  /// Pages 0..n-1, built and fresh; then marked.
  void mark_pages(int n) {
    for (int i = 0; i < n; ++i) built("/p/" + std::to_string(i) + ".json");
    up->asked.clear();
    for (int i = 0; i < n; ++i) mark("/p/" + std::to_string(i) + ".json");
    settle();
  }
  void fail_all(error why) {
    while (up->up() > 0) refuse("", why);
  }
  /// Twenty good answers are remembered, so it takes as many bad ones and one.
  void open_breaker() {
    for (int i = 0; breaker() == circuit_breaker::state::closed; ++i) {
      ASSERT_LT(i, 100);
      if (up->up() == 0) advance(1s);
      if (up->up() > 0) refuse("", error(client_errc::unreachable));
    }
    fail_all(error(client_errc::unreachable));
  }
};

TEST_F(SchedulerBreaker, WhileItIsOpenNothingIsBegunButForVisitors) {
  open_guarded();
  mark_pages(100);
  open_breaker();
  const auto asked = up->asked.size();
  EXPECT_LT(asked, 60u) << "the others were not burnt";
  advance(500ms);
  EXPECT_THAT(up->asked, SizeIs(asked));
  EXPECT_GT(store->book().queued(), 50u);
  const auto visit = ask("/p/cold.json");
  settle();
  ASSERT_TRUE(visit->got);
  EXPECT_EQ(visit->got->what, outcome::failed);
  EXPECT_THAT(visit->got->detail, HasSubstr("\"u\" fails too often"));
  EXPECT_EQ(up->up(), 0u) << "and he was answered without a call";
}

TEST_F(SchedulerBreaker, OneProbeGoesWhenItMayAndAnswersDecide) {
  open_guarded();
  mark_pages(100);
  open_breaker();
  advance(1s);
  EXPECT_EQ(up->up(), 1u) << "one probe";
  EXPECT_EQ(breaker(), circuit_breaker::state::half_open);
  advance(10s);
  EXPECT_EQ(up->up(), 1u) << "one at a time";
  refuse("", error(client_errc::timed_out));
  EXPECT_EQ(breaker(), circuit_breaker::state::open);
  advance(1900ms);
  EXPECT_EQ(up->up(), 0u) << "the pause has doubled";
  advance(200ms);
  EXPECT_EQ(up->up(), 1u);
  up->at_once = test::json_answer("2");
  answer("", "2");
  EXPECT_EQ(breaker(), circuit_breaker::state::closed);
  for (int i = 0; i < 10; ++i) advance(500ms);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(status("/p/" + std::to_string(i) + ".json").state, freshness_state::fresh) << i;
  EXPECT_EQ(store->book().parked(), 0u);
}

TEST_F(SchedulerBreaker, ProbesRotateOverPages) {
  open_guarded();
  mark_pages(100);
  open_breaker();
  std::set<std::string> probed;
  for (int i = 0; i < 6; ++i) {
    advance(64s);  // beyond any pause
    ASSERT_EQ(up->up(), 1u) << i;
    probed.insert(up->targets().front());
    refuse("", error(client_errc::timed_out));
  }
  EXPECT_THAT(probed, SizeIs(6));
  fail_all(error(client_errc::timed_out));
}

TEST_F(SchedulerBreaker, ThePagesThatFailedComeBackSpreadOverSomeSeconds) {
  open_guarded();
  mark_pages(40);
  open_breaker();
  for (int i = 0; i < 4; ++i) {  // long backoffs
    advance(64s);
    fail_all(error(client_errc::timed_out));
  }
  advance(64s);
  up->at_once = test::json_answer("2");
  answer("", "2");
  ASSERT_EQ(breaker(), circuit_breaker::state::closed);
  for (int i = 0; i < 50; ++i) advance(100ms);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(status("/p/" + std::to_string(i) + ".json").state, freshness_state::fresh) << i;
}

// S16: the upstream answers 500 for an hour, and events go on.
TEST_F(SchedulerBreaker, AnHourOfErrorsCostsAFewCallsAndEndsWithoutAStampede) {
  constexpr int pages = 200;
  open_guarded();
  mark_pages(pages);
  for (int second = 0; second < 3600; ++second) {
    if (second % 10 == 0) mark("/p/" + std::to_string(second / 10 % pages) + ".json");
    advance(1s);
    fail_all(error(status_error(500)));
    EXPECT_EQ(content("/p/" + std::to_string(second % pages) + ".json"), "1") << "it stays";
  }
  EXPECT_LT(up->asked.size(), 150u) << "probes, and what it took to see that it is down";
  EXPECT_GT(up->asked.size(), 60u) << "nobody would notice that it is back";
  for (int i = 0; i < pages; ++i) {
    const auto is = status("/p/" + std::to_string(i) + ".json").state;
    EXPECT_EQ(is, freshness_state::stale) << i << " says neither fresh nor given up";
  }
  // It is back, and takes 100 ms for an answer.
  up->asked.clear();
  std::size_t most = 0, steps = 0;
  for (; store->book().queued() + store->book().running() > 0; ++steps) {
    ASSERT_LT(steps, 1200u) << "two minutes";
    advance(100ms);
    most = std::max(most, up->up());
    const auto waiting = up->up();
    for (std::size_t i = 0; i < waiting; ++i) answer("", "2");
  }
  EXPECT_EQ(up->asked.size(), pages) << "one call for each";
  EXPECT_LE(most, 4u) << "its limit holds";
  for (int i = 0; i < pages; ++i) EXPECT_EQ(content("/p/" + std::to_string(i) + ".json"), "2") << i;
}

TEST_F(SchedulerBreaker, TroubleOfTheUpstreamParksNoPage) {
  open_guarded();
  mark_pages(1);
  for (int i = 0; i < 60; ++i) {
    advance(6min);
    fail_all(error(status_error(503)));
  }
  EXPECT_NE(status("/p/0.json").state, freshness_state::parked);
}

TEST_F(SchedulerBreaker, TroubleOfAPageParksIt) {
  open_guarded();
  mark_pages(1);
  for (int i = 0; i < 30; ++i) built("/p/good" + std::to_string(i) + ".json");
  for (int i = 0; i < 12 && status("/p/0.json").state != freshness_state::parked; ++i) {
    if (up->up() > 0) refuse("/x/0", error(status_error(500)));
    // The upstream is well: others get their answers.
    for (int k = 0; k < 3; ++k) {
      up->at_once = test::json_answer("2");
      mark("/p/good1.json");
      settle();
      up->at_once.reset();
    }
    advance(4min);
  }
  EXPECT_EQ(status("/p/0.json").state, freshness_state::parked);
  EXPECT_EQ(content("/p/0.json"), "1");
}

TEST_F(SchedulerBreaker, AnotherUpstreamIsNotConcerned) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\nlimits = { retries = 0 }\n"
      "[upstream.v]\nkind = 'http'\nurl = 'http://127.0.0.1:2'\nlimits = { retries = 0 }\n"
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
      "[page.q]\npath = '/q/{name}.json'\nfetch = { upstream = 'v', get = '/y/{name}' }\n",
      true);
  mark_pages(40);
  open_breaker();
  mark("/q/a.json");
  settle();
  answer("/y/a");
  EXPECT_EQ(content("/q/a.json"), "1");
}

TEST_F(SchedulerBreaker, ItEndsWhileAProbeIsUp) {
  open_guarded();
  mark_pages(40);
  open_breaker();
  advance(1s);
  ASSERT_EQ(up->up(), 1u);
  stop();
}

}  // namespace
}  // namespace freshet
