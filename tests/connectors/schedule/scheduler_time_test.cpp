#include "tests/connectors/schedule/workshop.hpp"

// What runs because time passed.

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SchedulerTime : public test::workshop {
 protected:
  static std::string page_with(std::string_view keys) {
    return std::string(test::one_page) + std::string(keys) + "\n";
  }
};

TEST_F(SchedulerTime, CoalesceCountsFromTheFirstEvent) {
  open(std::string(test::one_page));
  built("/p/a.json");
  mark("/p/a.json", {.coalesce = 200ms});
  advance(150ms);
  mark("/p/a.json", {.coalesce = 200ms});
  settle();
  EXPECT_EQ(up->up(), 0u);
  advance(50ms);
  EXPECT_EQ(up->up(), 1u);
  answer("/x/a", "2");
  advance(1h);
  EXPECT_EQ(up->up(), 0u) << "one refresh served both";
}

TEST_F(SchedulerTime, MinIntervalHoldsTheNextRefreshBack) {
  open(page_with("min_interval = '30s'"));
  built("/p/a.json");
  advance(10s);
  mark("/p/a.json");
  settle();
  EXPECT_EQ(up->up(), 0u);
  advance(19s);
  EXPECT_EQ(up->up(), 0u);
  advance(1s);
  EXPECT_EQ(up->up(), 1u);
  answer("/x/a");
}

TEST_F(SchedulerTime, ANegativeAnswerIsLookedAtAgainWhenSomebodyComes) {
  open(page_with("negative = '60s'"));
  mark("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("no", 404)));
  settle();
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  advance(61s);
  EXPECT_EQ(up->up(), 0u);
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  store->visited(store->find("/p/a.json"), time.now());
  settle();
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

TEST_F(SchedulerTime, EveryRunsWhileVisitedAndStopsWhenIdle) {
  open(page_with("every = '10m'\nidle = '25m'"));
  const auto page = built("/p/a.json");
  up->at_once = test::json_answer("2");
  up->asked.clear();
  for (int i = 0; i < 4; ++i) {
    advance(10min);
    store->visited(page, time.now());
  }
  EXPECT_EQ(up->asked.size(), 4u);
  for (int i = 0; i < 10; ++i) advance(10min);
  EXPECT_EQ(up->asked.size(), 6u) << "the last visit keeps it up for 25 minutes";
}

TEST_F(SchedulerTime, ThePageSaysUntilWhenItHolds) {
  open(page_with("until = '/ends'"));
  mark("/p/a.json");
  settle();
  const auto ends =
      std::chrono::duration_cast<std::chrono::seconds>((time.wall_now() + 90s).time_since_epoch())
          .count();
  answer("/x/a", "{\"ends\":" + std::to_string(ends) + "}");
  advance(89s);
  EXPECT_EQ(up->up(), 0u);
  advance(2s);
  EXPECT_EQ(up->up(), 1u);
  answer("/x/a", "{}");
}

TEST_F(SchedulerTime, RetryAfterIsHonouredAlsoWhenAnEventComes) {
  open(std::string(test::one_page));
  built("/p/a.json");
  mark("/p/a.json");
  settle();
  refuse("/x/a", error(status_error(503, 7s)));
  mark("/p/a.json");
  settle();
  EXPECT_EQ(up->up(), 0u);
  advance(6900ms);
  EXPECT_EQ(up->up(), 0u);
  advance(100ms);
  EXPECT_EQ(up->up(), 1u);
  answer("/x/a");
}

TEST_F(SchedulerTime, AFailedPageIsTriedAgainWithinItsBackoff) {
  open(std::string(test::one_page));
  built("/p/a.json");
  mark("/p/a.json");
  settle();
  refuse("/x/a", error(client_errc::timed_out));
  EXPECT_EQ(content("/p/a.json"), "1") << "the old body stays";
  advance(1s);
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

TEST_F(SchedulerTime, ARefreshWhoseLeaseEndedIsRepeatedAndCannotCommit) {
  open(std::string(test::one_page));
  mark("/p/a.json");
  settle();
  ASSERT_EQ(up->up(), 1u);
  advance(10min);  // beyond any lease: the first call hangs
  advance(5min);
  ASSERT_EQ(up->up(), 2u);
  answer("", "1");
  EXPECT_EQ(content("/p/a.json"), "nothing") << "the first has lost its right";
  answer("", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

}  // namespace
}  // namespace freshet
