#include "connectors/inspect/inspector.hpp"

#include <gmock/gmock.h>

#include "net/client/client_errc.hpp"
#include "tests/connectors/inspect/world.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::inspect_world;
using test::keys_of;
using test::text_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Inspector : public testing::Test {
 protected:
  inspect_world w;

  boost::asio::awaitable<void> call(std::size_t upstream, int times) {
    for (int i = 0; i < times; ++i) {
      auto answer = co_await w.guarded[upstream]->fetch({});
      static_cast<void>(answer);
    }
  }
};

TEST_F(Inspector, ExplainHasTheKeysOfTheContract) {
  w.know("/packages/guake.json");
  const auto page = w.parse(w.look->explain_page("/packages/guake.json"));
  EXPECT_THAT(keys_of(page), ElementsAre("page", "class", "state", "version", "etag", "want",
                                         "have", "verified", "cause", "parts", "changed",
                                         "subscribers", "next", "version_cause", "last", "floor"));
  EXPECT_THAT(keys_of(page["parts"].at(0).value()),
              ElementsAre("upstream", "have", "error", "calls"));
  EXPECT_EQ(text_of(page["state"]), "\"stale\"");
  EXPECT_EQ(text_of(page["version"]), "0");
  EXPECT_EQ(text_of(page["etag"]), "null");
  EXPECT_EQ(text_of(page["verified"]), "null");
  EXPECT_EQ(text_of(page["changed"]), "null");
  EXPECT_EQ(text_of(page["cause"]), "null");
  EXPECT_EQ(text_of(page["next"]), "null") << "nobody asked for it";
}

TEST_F(Inspector, ExplainTellsTheEventBehindAPage) {
  const auto page = w.know("/packages/guake/builds.json");
  w.send("org.prod.build", R"({"name":"guake"})", "2013-1");
  auto seen = w.parse(w.look->explain_page("/packages/GUAKE/builds.json?page=1"));
  EXPECT_EQ(text_of(seen["next"]), R"({"why":"event","at":"2023-11-14T22:13:20.200Z"})");
  w.time.advance(200ms);
  ASSERT_TRUE(w.refresh(page, "{}"));
  refresh_record record;
  record.calls.push_back({.part = 0,
                          .target = "GET /builds",
                          .status = 200,
                          .bytes = 12,
                          .took = 1500us,
                          .failure = {},
                          .at = w.time.wall_now()});
  w.history.keep(page, record);
  seen = w.parse(w.look->explain_page("/packages/guake/builds.json"));
  EXPECT_EQ(text_of(seen["page"]), "\"/packages/guake/builds.json\"") << "the canonical path";
  EXPECT_EQ(text_of(seen["class"]), "\"builds\"");
  EXPECT_EQ(text_of(seen["state"]), "\"fresh\"");
  EXPECT_EQ(text_of(seen["etag"]), "\"\\\"" + std::string(32, 'a') + "\\\"\"");
  EXPECT_EQ(seen["version"].get_uint64().value(), w.store->book().version(page));
  EXPECT_GT(seen["version"].get_uint64().value(), 0u);
  EXPECT_EQ(text_of(seen["want"]), text_of(seen["have"]));
  EXPECT_EQ(text_of(seen["verified"]), "\"2023-11-14T22:13:20.200Z\"");
  EXPECT_EQ(text_of(seen["changed"]), "\"2023-11-14T22:13:20.200Z\"");
  EXPECT_EQ(text_of(seen["cause"]), R"({"id":"2013-1","topic":"org.prod.build","bus":"fedmsg",)"
                                    R"("time":"2013-03-18T19:52:43.500Z","rule":"builds.on[0]"})");
  EXPECT_EQ(text_of(seen["parts"].at(0)["upstream"]), "\"koji\"");
  EXPECT_EQ(text_of(seen["parts"].at(0)["error"]), "null");
  EXPECT_EQ(text_of(seen["parts"].at(0)["calls"]),
            R"([{"at":"2023-11-14T22:13:20.200Z","ms":1.5,"status":200,"bytes":12}])");
  EXPECT_EQ(seen["subscribers"].get_uint64().value(),
            std::string("/packages/guake/builds.json").size());
  EXPECT_EQ(text_of(seen["next"]), "null");
}

TEST_F(Inspector, ExplainTellsWhatFailedAndWhenItIsTriedAgain) {
  const auto page = w.know("/packages/guake.json");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  const auto c = w.store->claim_next(1, w.time.now());
  ASSERT_TRUE(c);
  auto seen = w.parse(w.look->explain_page("/packages/guake.json"));
  EXPECT_EQ(text_of(seen["next"]), R"({"why":"running","at":null})");
  commit_request failed;
  failed.bad = 2;
  failed.failure = std::make_shared<error>(client_errc::timed_out, "bodhi took too long");
  w.store->fail(page, c->token, failed, w.time.now());
  seen = w.parse(w.look->explain_page("/packages/guake.json"));
  EXPECT_EQ(text_of(seen["parts"].at(0)["error"]), "null");
  EXPECT_THAT(text_of(seen["parts"].at(1)["error"]), HasSubstr("bodhi took too long"));
  EXPECT_EQ(text_of(seen["parts"].at(1)["upstream"]), "\"bodhi\"");
  EXPECT_EQ(text_of(seen["next"]["why"]), "\"retry\"");
  EXPECT_THAT(text_of(seen["next"]["at"]), HasSubstr("2023-11-14T22:13:2"));
}

TEST(InspectorTimer, ATimerIsWhatComesNext) {
  inspect_world w(R"(
[upstream.u]
kind = "http"
url = "http://127.0.0.1:3"
[page.weather]
path = "/weather.json"
every = "90s"
fetch = [{ upstream = "u", get = "/x" }]
)");
  const auto page = w.know("/weather.json");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(page, "{}"));
  w.time.advance(30s);
  const auto seen = w.parse(w.look->explain_page("/weather.json"));
  EXPECT_EQ(text_of(seen["next"]), R"({"why":"timer","at":"2023-11-14T22:14:50.000Z"})");
}

TEST_F(Inspector, ARowThatIsUsedAgainDoesNotShowTheCallsOfTheOldPage) {
  const auto old = w.know("/packages/guake.json");
  refresh_record record;
  record.calls.emplace_back().status = 200;
  w.history.keep(old, record);
  w.store->purge(old, w.time.now());
  ASSERT_EQ(w.know("/packages/kernel.json"), old);
  const auto seen = w.parse(w.look->explain_page("/packages/kernel.json"));
  EXPECT_EQ(text_of(seen["parts"].at(0)["calls"]), "[]");
}

TEST_F(Inspector, WhatIsNotThereIsSaidWithTheNearestPages) {
  const auto unknown = w.look->explain_page("/package/guake.json");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, make_error_code(errc::missing));
  EXPECT_THAT(unknown.error().detail, HasSubstr("/packages/{package}.json"));
  const auto never = w.look->explain_page("/packages/guake.json");
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, make_error_code(errc::missing));
  EXPECT_THAT(never.error().detail, HasSubstr("not known"));
  const auto wrong = w.look->explain_page("/packages/guake/builds.json?page=77");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, make_error_code(errc::malformed));
}

TEST_F(Inspector, AnEventTellsWhatItDid) {
  w.know("/packages/guake.json");
  w.send("org.prod.build", R"({"name":"guake"})", "x");
  w.send("org.prod.nothing", "{}", "x");
  const auto seen = w.parse(w.look->explain_event("x"));
  EXPECT_THAT(keys_of(seen), ElementsAre("id", "topic", "bus", "time", "received", "rules", "tags",
                                         "pages", "created", "wide", "failed", "locked", "paths",
                                         "unmatched", "now", "others"));
  EXPECT_EQ(text_of(seen["topic"]), "\"org.prod.nothing\"") << "the newest first";
  EXPECT_EQ(text_of(seen["rules"]), "[]");
  const auto first = seen["others"].at(0).value();
  EXPECT_EQ(text_of(first["topic"]), "\"org.prod.build\"");
  EXPECT_EQ(text_of(first["bus"]), "\"fedmsg\"");
  EXPECT_EQ(text_of(first["time"]), "\"2013-03-18T19:52:43.500Z\"");
  EXPECT_EQ(text_of(first["rules"]), R"(["builds.on[0]","overview.on[0]"])");
  EXPECT_EQ(text_of(first["pages"]), "1");
  EXPECT_EQ(text_of(first["paths"]), R"(["/packages/guake.json"])");
  const auto none = w.look->explain_event("y");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, make_error_code(errc::missing));
}

TEST_F(Inspector, PagesAreCountedByWhatTheyAre) {
  const auto first = w.know("/packages/a.json");
  const auto second = w.know("/packages/b.json");
  w.know("/packages/c.json");
  w.store->ask(first, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(first, "{}"));
  w.time.advance(1h);
  w.store->ask(second, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(second, "{}"));
  w.send("org.prod.build", R"({"name":"b"})", "1");
  auto seen = w.parse(w.look->pages());
  EXPECT_EQ(text_of(seen.at(1)),
            R"({"name":"overview","path":"/packages/{package}.json","known":3,"cached":2,)"
            R"("missing":1,"stale":1,"unverified":0,"parked":0,)"
            R"("oldest_verified":"2023-11-14T22:13:20.000Z","sweep_s":21600,"parked_pages":[]})");
  EXPECT_EQ(text_of(seen.at(0)["known"]), "0");
  EXPECT_EQ(text_of(seen.at(0)["oldest_verified"]), "null");
  w.store->book().unverify(1);
  seen = w.parse(w.look->pages());
  EXPECT_EQ(text_of(seen.at(1)["unverified"]), "2");
  EXPECT_EQ(text_of(seen.at(1)["stale"]), "0");
}

TEST_F(Inspector, BusesAndUpstreamsTellHowTheyDo) {
  w.send("org.prod.x", "{}", "1");
  w.send("org.prod.x", "{}", "1");
  w.events->drop(0, "malformed");
  const auto buses = w.parse(w.look->buses());
  EXPECT_EQ(text_of(buses.at(0)),
            R"({"name":"fedmsg","kind":"zmq","up":true,"messages":2,"dropped":1,"duplicates":1,)"
            R"("last_event":"2023-11-14T22:13:20.000Z","silent_since":null,"silent_topics":[],)"
            R"("gap":null,"catch_up":null,"lost":null,"unverified":0,"unjudged_publishers":0})");
  EXPECT_EQ(text_of(buses.at(1)["last_event"]), "null");
  test::run(w.loop, call(0, 2));
  w.told[0]->failure = error(client_errc::timed_out);
  test::run(w.loop, call(0, 3));
  const auto upstreams = w.parse(w.look->upstreams());
  EXPECT_EQ(text_of(upstreams.at(0)),
            R"({"name":"koji","kind":"http","state":"open","waiting":0,)"
            R"("calls":{"ok":2,"error":0,"timeout":3,"refused":0},"questions":5})");
  EXPECT_EQ(text_of(upstreams.at(1)["state"]), "\"closed\"");
  test::run(w.loop, call(0, 1));
  EXPECT_EQ(text_of(w.parse(w.look->upstreams()).at(0)["calls"]["refused"]), "1");
}

TEST_F(Inspector, ReadyFromStartedUntilDraining) {
  EXPECT_FALSE(w.look->ready().ready);
  EXPECT_THAT(w.look->ready().missing, ElementsAre("starting"));
  w.look->started();
  EXPECT_TRUE(w.look->ready().ready);
  EXPECT_TRUE(w.look->ready().strict);
  EXPECT_THAT(w.look->ready().missing, IsEmpty());
  EXPECT_THAT(w.look->ready().degraded, IsEmpty());
  w.look->draining();
  EXPECT_FALSE(w.look->ready().ready);
  EXPECT_FALSE(w.look->ready().strict);
  EXPECT_THAT(w.look->ready().missing, ElementsAre("draining"));
}

TEST_F(Inspector, ASilentBusIsNotStrictlyReady) {
  w.look->started();
  w.time.advance(3min);
  EXPECT_TRUE(w.look->ready().ready);
  EXPECT_FALSE(w.look->ready().strict);
  EXPECT_THAT(w.look->ready().degraded, ElementsAre("bus fedmsg: silent for 3m"));
  w.send("org.prod.x", "{}", "1");
  EXPECT_TRUE(w.look->ready().strict);
  w.up = false;
  EXPECT_TRUE(w.look->ready().ready);
  EXPECT_FALSE(w.look->ready().strict);
  EXPECT_THAT(w.look->ready().degraded, ElementsAre("bus fedmsg: down", "bus other: down"));
}

TEST_F(Inspector, ABreakerAndParkedPagesDegradeOnly) {
  w.look->started();
  w.told[1]->failure = error(client_errc::unreachable);
  test::run(w.loop, call(1, 5));
  const auto page = w.know("/packages/guake.json");
  for (int i = 0; i < 20 && w.store->book().parked() == 0; ++i) {
    w.store->ask(page, lane::visitor, cause::miss, w.time.now());
    const auto c = w.store->claim_next(1, w.time.now());
    commit_request failed;
    failed.bad = 1;
    if (c) w.store->fail(page, c->token, failed, w.time.now());
    w.time.advance(30s);
    w.send("org.prod.mass", "{}");
    w.store->tick(w.time.now());
  }
  EXPECT_TRUE(w.look->ready().strict);
  EXPECT_THAT(w.look->ready().degraded,
              ElementsAre("upstream bodhi: breaker open", "pages: 1 parked"));
  EXPECT_EQ(text_of(w.parse(w.look->pages()).at(1)["parked_pages"]),
            R"([{"page":"/packages/guake.json","error":null}])");
}

TEST(InspectorMemory, AFullMemoryIsSaid) {
  inspect_world w(test::two_pages, {.memory = 64u << 10});
  w.look->started();
  for (int i = 0; i < 2000; ++i)
    if (w.know("/packages/p" + std::to_string(i) + ".json") == no_page) break;
  ASSERT_EQ(w.look->ready().degraded.size(), 1u);
  EXPECT_THAT(w.look->ready().degraded[0], HasSubstr("memory: over the limit"));
}

TEST_F(Inspector, AnEventTellsHowItsPagesAreNow) {
  const auto page = w.know("/packages/guake/builds.json");
  w.send("org.prod.build", R"({"name":"guake"})", "x");
  const auto now = [&] { return text_of(w.parse(w.look->explain_event("x"))["now"].at(0)); };
  EXPECT_THAT(now(), HasSubstr(R"("reflected":false,"cause":false)"));
  w.time.advance(1s);
  ASSERT_TRUE(w.refresh(page, "{}"));
  EXPECT_THAT(now(), HasSubstr(R"("state":"fresh")"));
  EXPECT_THAT(now(), HasSubstr(R"("reflected":true,"cause":true)"));
  w.send("org.prod.build", R"({"name":"guake"})", "y");
  w.time.advance(1s);
  ASSERT_TRUE(w.refresh(page, "{}", 'b'));
  EXPECT_THAT(now(), HasSubstr(R"("reflected":true,"cause":false)")) << "a newer one came";
  EXPECT_EQ(text_of(w.parse(w.look->explain_page("/packages/guake/builds.json"))["version_cause"]),
            R"({"id":"y","topic":"org.prod.build"})");
}

TEST_F(Inspector, AnEventTellsWhyARuleGaveItNothing) {
  w.send("org.prod.build", R"({"name":{"a":1}})", "x");
  const auto seen = w.parse(w.look->explain_event("x"));
  EXPECT_EQ(text_of(seen["unmatched"].at(0)),
            R"({"rule":"builds.on[0]","why":"set package meets an object"})");
  EXPECT_EQ(text_of(seen["locked"]), "true");
}

TEST_F(Inspector, TheLockerIsShownTakenAgainAndDropped) {
  EXPECT_EQ(w.look->locker(), "[]");
  w.know("/packages/guake/builds.json");
  w.send("org.prod.build", R"({"name":{"a":1}})", "x");
  w.events->drop(1, {"malformed", "", std::string(5000, '{')});
  const auto all = w.parse(w.look->locker());
  EXPECT_THAT(keys_of(all.at(0).value()),
              ElementsAre("number", "bus", "topic", "id", "why", "detail", "at", "last", "times",
                          "tries", "size", "whole", "text"));
  EXPECT_EQ(text_of(all.at(1)["size"]), "5000");
  EXPECT_LT(text_of(all.at(1)["text"]).size(), 600u);
  EXPECT_GT(w.look->locked(2).value().size(), 5000u);
  EXPECT_FALSE(w.look->locked(3));
  EXPECT_THAT(w.look->ready().degraded, testing::Contains("locker: 2 events wait"));
  w.given_again = R"({"name":{"a":1}})";
  EXPECT_EQ(w.look->replay_locked(1).value(), R"({"replayed":0,"failed":1,"left":2})");
  w.given_again = R"({"name":"guake"})";
  EXPECT_EQ(w.look->replay_locked(1).value(), R"({"replayed":1,"failed":0,"left":1})");
  EXPECT_EQ(w.look->replay_locked(1).error().code, make_error_code(errc::missing));
  EXPECT_EQ(w.look->drop_locked({}).value(), R"({"dropped":1,"left":0})");
  EXPECT_EQ(w.look->replay_locked({}).value(), R"({"replayed":0,"failed":0,"left":0})");
}

TEST_F(Inspector, ReloadIsTheGivenFunction) {
  EXPECT_EQ(w.look->reload().value(), "{\"reloaded\":true}");
  w.reload_answer = fail(errc::malformed, "config:3: no");
  EXPECT_FALSE(w.look->reload());
  EXPECT_EQ(w.look->metrics(), w.counts.scrape());
}

}  // namespace
}  // namespace freshet
