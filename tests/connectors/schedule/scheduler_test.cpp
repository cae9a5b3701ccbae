#include "connectors/schedule/scheduler.hpp"

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Which refresh runs when, while time stands still.
class Scheduler : public test::workshop {
 protected:
  static std::string with_concurrency(int n) {
    return "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\nlimits = { concurrency = " +
           std::to_string(n) +
           " }\n[page.p]\npath = '/p/{name}.json'\n"
           "fetch = { upstream = 'u', get = '/x/{name}' }\n";
  }
};

TEST_F(Scheduler, AMarkIsRefreshedOnce) {
  open(std::string(test::one_page));
  mark("/p/a.json");
  settle();
  mark("/p/b.json");
  settle();
  EXPECT_THAT(up->targets(), ElementsAre("/x/a", "/x/b"));
  answer("/x/a", "1");
  EXPECT_EQ(content("/p/a.json"), "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  EXPECT_THAT(up->targets(), ElementsAre("/x/b"));
}

TEST_F(Scheduler, TenThousandMarksDuringARefreshAreOneMoreThatBeganAfterTheLast) {
  open(std::string(test::one_page));
  built("/p/a.json");
  up->asked.clear();
  mark("/p/a.json");
  settle();
  for (int i = 0; i < 10'000; ++i) mark("/p/a.json");
  settle();
  EXPECT_EQ(up->up(), 1u) << "at most one is up";
  const auto last = store->book().last_sequence();
  answer("/x/a", "2");
  EXPECT_EQ(up->up(), 1u);
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  answer("/x/a", "3");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  EXPECT_GE(status("/p/a.json").have, last);
  EXPECT_EQ(content("/p/a.json"), "3");
  EXPECT_THAT(up->asked, SizeIs(2));
}

TEST_F(Scheduler, VisitorsThenWatchedThenPopularThenTheRest) {
  open(with_concurrency(1));
  const auto watched = built("/p/watched.json");
  const auto popular = built("/p/popular.json");
  for (const auto* name : {"r1", "r2"}) built(std::string("/p/") + name + ".json");
  store->watch(watched, true, time.now());
  for (int i = 0; i < 3; ++i) store->slot_of(popular)->touch();
  mark("/p/first.json");
  mark("/p/second.json");
  settle();
  ASSERT_THAT(up->targets(), ElementsAre("/x/first", "/x/second"));
  for (const auto* name : {"r1", "r2", "popular", "watched"})
    mark(std::string("/p/") + name + ".json");
  settle();
  ASSERT_EQ(up->up(), 2u) << "twice the concurrency, no more";
  const auto visit = ask("/p/cold.json");
  settle();
  EXPECT_THAT(up->targets(), ElementsAre("/x/first", "/x/second", "/x/cold"))
      << "a visitor does not wait for a place";
  EXPECT_EQ(up->lane_of("/x/cold"), call_lane::visitor);
  EXPECT_EQ(up->lane_of("/x/first"), call_lane::background);
  up->asked.clear();
  for (const auto* name : {"first", "second", "watched", "popular"})
    answer(std::string("/x/") + name, "2");
  EXPECT_THAT(up->asked, ElementsAre("/x/watched", "/x/popular", "/x/r1", "/x/r2"));
  answer("/x/cold");
  EXPECT_EQ(visit->body(), "1");
}

TEST_F(Scheduler, VisitorsHaveABoundOfTheirOwn) {
  open(with_concurrency(2));
  for (int i = 0; i < 20; ++i) mark("/p/b" + std::to_string(i) + ".json");
  std::vector<std::shared_ptr<visit>> visits;
  for (int i = 0; i < 20; ++i) visits.push_back(ask("/p/v" + std::to_string(i) + ".json"));
  settle();
  EXPECT_EQ(up->up(), 8u) << "four of any lane, four more for visitors";
  while (up->up() > 0) answer("", "1");
  for (const auto& v : visits) EXPECT_EQ(v->body(), "1");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(content("/p/b" + std::to_string(i) + ".json"), "1");
}

TEST_F(Scheduler, AFloodOfVisitorsDoesNotKeepTheRestStaleForEver) {
  open(with_concurrency(1));
  built("/p/rest.json");
  std::vector<std::shared_ptr<visit>> visits;
  for (int i = 0; i < 8; ++i) visits.push_back(ask("/p/v" + std::to_string(i) + ".json"));
  settle();
  mark("/p/rest.json");
  settle();
  int answers = 0;
  for (int i = 8; content("/p/rest.json") != "2"; ++i) {
    ASSERT_LT(++answers, 400);
    visits.push_back(ask("/p/v" + std::to_string(i) + ".json"));
    settle();
    answer("", "2");
  }
  for (const auto& v : visits) EXPECT_FALSE(v->thrown);
}

TEST_F(Scheduler, OneClassDoesNotStarveAnother) {
  open(with_concurrency(1) +
       "[page.q]\npath = '/q/{name}.json'\nfetch = { upstream = 'u', get = '/y/{name}' }\n");
  for (int i = 0; i < 40; ++i) mark("/p/" + std::to_string(i) + ".json");
  for (int i = 0; i < 5; ++i) mark("/q/" + std::to_string(i) + ".json");
  settle();
  for (int i = 0; i < 10; ++i) answer("", "1");
  const auto of_q = std::ranges::count_if(up->asked, [](auto& t) { return t.starts_with("/y"); });
  EXPECT_EQ(of_q, 5) << "they take turns";
}

TEST_F(Scheduler, ASlowUpstreamDoesNotHoldUpAnother) {
  open(with_concurrency(1) +
       "[upstream.v]\nkind = 'http'\nurl = 'http://127.0.0.1:2'\n"
       "[page.q]\npath = '/q/{name}.json'\nfetch = { upstream = 'v', get = '/y/{name}' }\n");
  for (int i = 0; i < 40; ++i) mark("/p/" + std::to_string(i) + ".json");
  mark("/q/a.json");
  settle();
  EXPECT_EQ(up->up(), 3u);
  answer("/y/a");
  EXPECT_EQ(content("/q/a.json"), "1");
}

asio::awaitable<void> count_turns(asio::io_context* ctx, const bool* stop, int* turns) {
  while (!*stop) {
    ++*turns;
    co_await asio::post(*ctx, asio::deferred);
  }
}

TEST_F(Scheduler, ATurnIsBounded) {
  open(with_concurrency(100'000));
  up->at_once = test::json_answer("1");
  for (int i = 0; i < 2000; ++i) mark("/p/" + std::to_string(i) + ".json");
  bool stop = false;
  int turns = 0;
  scope->spawn("turns", count_turns(&ctx, &stop, &turns));
  run_until([&] { return store->book().queued() == 0 && plan->running() == 0; });
  stop = true;
  settle();  // the counter ends with the test's frame
  EXPECT_GE(turns, 2000 / static_cast<int>(scheduler::turn_claims));
}

TEST_F(Scheduler, ManyWakesAreOneTurn) {
  open(std::string(test::one_page));
  const auto turns = [&] {
    const auto text = numbers.scrape();
    const auto at = text.find("\nfreshet_scheduler_turns_total ");
    return std::stoi(text.substr(at + 31));
  };
  const auto before = turns();
  for (int i = 0; i < 1000; ++i) plan->wake();
  settle();
  EXPECT_EQ(turns(), before + 1);
}

TEST_F(Scheduler, TheQueueIsAMetric) {
  open(with_concurrency(1));
  for (int i = 0; i < 10; ++i) mark("/p/" + std::to_string(i) + ".json");
  settle();
  EXPECT_THAT(numbers.scrape(), testing::HasSubstr("freshet_queue_pages 8\n"));
  EXPECT_THAT(numbers.scrape(), testing::HasSubstr("freshet_refreshes_running 2\n"));
}

TEST_F(Scheduler, ItEndsWhileItSleepsWhileRefreshesAreUpAndWhileItIsBusy) {
  open(std::string(test::one_page));
  stop();  // asleep

  open(std::string(test::one_page));
  for (int i = 0; i < 5; ++i) mark("/p/" + std::to_string(i) + ".json");
  settle();
  ASSERT_EQ(up->up(), 5u);
  stop();

  open(with_concurrency(100'000));
  for (int i = 0; i < 500; ++i) mark("/p/" + std::to_string(i) + ".json");
  ctx.restart();
  ctx.poll_one();
  stop();  // with more to begin at once
}

}  // namespace
}  // namespace freshet
