#include "tests/connectors/schedule/workshop.hpp"

// The sweep as the scheduler runs it.

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Sweeping : public test::workshop {
 protected:
  static std::string swept(std::string more = "sweep = '1h'\n", int concurrency = 8) {
    return "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\nlimits = { concurrency = " +
           std::to_string(concurrency) +
           ", retries = 0, timeout = '1h' }\n[page.p]\npath = '/p/{name}.json'\n"
           "fetch = { upstream = 'u', get = '/x/{name}' }\n" +
           more;
  }
  /// Lets the hour pass in small steps until something is asked for.
  void wait_for_call() {
    for (int i = 0; i < 600 && up->up() == 0; ++i) advance(10s);
  }
  std::uint64_t refreshes_of(std::string_view why, std::string_view result) {
    const auto text = numbers.scrape();
    const auto series = "freshet_refreshes_total{page=\"p\",cause=\"" + std::string(why) +
                        "\",result=\"" + std::string(result) + "\"} ";
    const auto at = text.find(series);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + series.size()));
  }
};

TEST_F(Sweeping, APageThatNobodyAsksForIsComparedInItsPeriod) {
  open(swept());
  std::vector<drift> found;
  refreshes->on_drift([&](const drift& one) { found.push_back(one); });
  built("/p/a.json");
  const auto began = time.now();
  wait_for_call();
  EXPECT_LE(time.now() - began, 1h);
  EXPECT_GE(time.now() - began, 45min);
  EXPECT_EQ(up->lane_of("/x/a"), call_lane::sweep);
  answer("/x/a", "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  EXPECT_EQ(status("/p/a.json").why, cause::sweep);
  EXPECT_EQ(refreshes_of("sweep", "same"), 1u);
  EXPECT_THAT(found, IsEmpty());
  wait_for_call();
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2") << "repaired";
  EXPECT_EQ(refreshes_of("sweep", "changed"), 1u);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].said, freshness_state::fresh);
  EXPECT_EQ(found[0].page, store->find("/p/a.json"));
}

TEST_F(Sweeping, WhatAnEventChangedMeanwhileIsNoDrift) {
  open(swept());
  std::vector<drift> found;
  refreshes->on_drift([&](const drift& one) { found.push_back(one); });
  built("/p/a.json");
  wait_for_call();
  mark("/p/a.json");
  answer("/x/a", "2");
  answer("/x/a", "2");
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(refreshes_of("sweep", "changed"), 1u);
}

TEST_F(Sweeping, HasAShareOfItsOwnThatIsSmall) {
  open(swept("sweep = '1h'\n", 16));
  for (int i = 0; i < 20; ++i) built("/p/s" + std::to_string(i) + ".json");
  for (int i = 0; i < 600 && up->up() < 2; ++i) advance(10s);
  for (int i = 0; i < 100; ++i) advance(10s);
  EXPECT_EQ(up->up(), 2u) << "an eighth of 16";
  for (int i = 0; i < 40; ++i) mark("/p/e" + std::to_string(i) + ".json");
  settle();
  EXPECT_EQ(up->up(), 2u + 32u) << "the others' bound is not less for it";
  const auto visit = ask("/p/cold.json");
  settle();
  EXPECT_EQ(up->lane_of("/x/cold"), call_lane::visitor) << "nor do visitors wait";
  answer("/x/cold", "7");
  EXPECT_EQ(visit->body(), "7");
  while (up->up() > 0) answer("", "1");
}

TEST_F(Sweeping, GoesOnWhileEventsKeepTheUpstreamBusy) {
  open(swept("sweep = '1h'\n", 1));
  built("/p/s.json");
  for (int i = 0; i < 4; ++i) mark("/p/e" + std::to_string(i) + ".json");
  settle();
  EXPECT_EQ(up->up(), 2u);
  for (int i = 0; i < 400 && up->up() < 3; ++i) advance(10s);
  EXPECT_EQ(up->lane_of("/x/s"), call_lane::sweep);
  while (up->up() > 0) answer("", "1");
}

TEST_F(Sweeping, NotWhileTheBreakerIsOpen) {
  open(swept("sweep = '1h'\n"), true);
  built("/p/a.json");
  for (int i = 0; i < 30; ++i) {
    const auto visit = ask("/p/v" + std::to_string(i) + ".json");
    settle();
    if (up->up() > 0) refuse("", error(client_errc::unreachable));
  }
  ASSERT_NE(guards[0]->breaker().now_state(), circuit_breaker::state::closed);
  up->asked.clear();
  for (int i = 0; i < 500; ++i) {
    advance(10s);
    while (up->up() > 0) refuse("", error(client_errc::unreachable));
  }
  EXPECT_THAT(up->asked, testing::Not(testing::Contains("/x/a"))) << "nothing but probes";
}

TEST_F(Sweeping, AFailedSweepIsTriedAgainAndKeepsThePage) {
  open(swept());
  built("/p/a.json");
  wait_for_call();
  refuse("/x/a", fail(errc::malformed));
  EXPECT_EQ(content("/p/a.json"), "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  wait_for_call();
  EXPECT_EQ(up->lane_of("/x/a"), call_lane::sweep);
  answer("/x/a", "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
}

TEST_F(Sweeping, ALazyMarkWaitsForItAndIsNoDrift) {
  open(swept());
  std::vector<drift> found;
  refreshes->on_drift([&](const drift& one) { found.push_back(one); });
  built("/p/a.json");
  mark("/p/a.json", {.lazy = true});
  settle();
  EXPECT_EQ(up->up(), 0u);
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  wait_for_call();
  answer("/x/a", "2");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  EXPECT_THAT(found, IsEmpty()) << "it had said that it was stale";
}

TEST_F(Sweeping, AsksOnlyWhetherItChangedWhereTheUpstreamSaidHow) {
  open(swept("sweep = '1h'\nsettle = 0\n"));
  built("/p/a.json");
  auto known = test::json_answer("1");
  known.etag = "\"v1\"";
  mark("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", known));
  settle();
  EXPECT_EQ(up->last.known_etag, "") << "an event asks for the whole";
  const auto version = status("/p/a.json").version;
  wait_for_call();
  EXPECT_EQ(up->last.known_etag, "\"v1\"");
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("", 304)));
  settle();
  EXPECT_EQ(content("/p/a.json"), "1");
  EXPECT_EQ(status("/p/a.json").version, version);
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  EXPECT_EQ(refreshes_of("sweep", "same"), 1u);
  // Another version has another validator, or none.
  mark("/p/a.json");
  settle();
  answer("/x/a", "2");
  wait_for_call();
  EXPECT_EQ(up->last.known_etag, "");
  answer("/x/a", "2");
}

TEST_F(Sweeping, APageOfPartsKeepsThoseThatDidNotChange) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\npath = '/p/{name}.json'\n"
      "sweep = '1h'\nfetch = [{ upstream = 'u', get = '/x/{name}', into = '/x' },\n"
      "{ upstream = 'u', get = '/y/{name}', into = '/y' }]\n");
  mark("/p/a.json");
  settle();
  for (const auto* target : {"/x/a", "/y/a"}) {
    auto known = test::json_answer("1");
    known.modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    ASSERT_TRUE(up->answer(target, known));
  }
  settle();
  std::vector<drift> found;
  refreshes->on_drift([&](const drift& one) { found.push_back(one); });
  wait_for_call();
  EXPECT_EQ(up->last.known_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("", 304)));
  answer("/y/a", "2");
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":2})");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].parts, 0b10u);
  wait_for_call();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("", 304)));
  answer("/y/a", "2");
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":2})") << "the other part's validator is kept";
}

TEST_F(Sweeping, AnAnswerThatWasRefusedDoesNotVouchForTheOldOne) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\npath = '/p/{name}.json'\n"
      "sweep = '1h'\nfetch = [{ upstream = 'u', get = '/x/{name}', into = '/x', "
      "expect = { '/error' = { exists = false } } },\n"
      "{ upstream = 'u', get = '/y/{name}', into = '/y' }]\n");
  const auto tell = [&](std::string_view target, std::string body, std::string etag) {
    auto said = test::json_answer(std::move(body));
    said.etag = std::move(etag);
    ASSERT_TRUE(up->answer(target, said)) << target;
    settle();
  };
  mark("/p/a.json");
  settle();
  tell("/x/a", "{}", "\"x1\"");
  tell("/y/a", "1", "\"y1\"");
  wait_for_call();
  EXPECT_EQ(up->last.known_etag, "\"y1\"");
  tell("/x/a", R"({"error":1})", "\"x2\"");
  tell("/y/a", "2", "\"y2\"");
  EXPECT_EQ(content("/p/a.json"), R"({"x":{},"y":2})");
  wait_for_call();
  EXPECT_THAT(up->targets(), ElementsAre("/x/a"));
  EXPECT_EQ(up->last.known_etag, "") << "x2 is not what is shown";
  tell("/x/a", R"({"z":1})", "\"x3\"");
  EXPECT_EQ(content("/p/a.json"), R"({"x":{"z":1},"y":2})");
}

}  // namespace
}  // namespace freshet
