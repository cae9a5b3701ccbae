#include "connectors/ingest/ingest.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/connectors/ingest/pages.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::ingest_world;
using test::two_pages;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Ingest : public testing::Test {
 protected:
  ingest_world w{two_pages};
  std::string build(std::string_view name) { return "{\"name\":\"" + std::string(name) + "\"}"; }
};

TEST_F(Ingest, AnEventMarksThePagesThatItsRulesName) {
  const auto builds = w.know("/packages/guake/builds.json");
  const auto second = w.know("/packages/guake/builds.json?page=2");
  const auto other = w.know("/packages/kernel/builds.json");
  for (const auto page : {builds, second, other}) {
    w.store->ask(page, lane::visitor, cause::miss, w.time.now());
    ASSERT_TRUE(w.refresh(page, "{}"));
  }
  w.send("org.prod.build", build("GUAKE"), "2013-1");
  EXPECT_EQ(w.status(builds).state, freshness_state::stale) << "lower = true holds for events too";
  EXPECT_EQ(w.status(second).state, freshness_state::stale) << "every variant";
  EXPECT_EQ(w.status(other).state, freshness_state::fresh);
}

TEST_F(Ingest, AfterAReloadABusGoesOnWhereItWas) {
  ingest_world next{two_pages};
  w.know("/packages/guake/builds.json");
  next.know("/packages/guake/builds.json");
  w.send("org.prod.build", build("guake"), "2013-1");
  w.send("org.prod.build", build("guake"), "2013-1");
  w.events->drop(0, "malformed");
  w.send("org.prod.build", build("guake"), "2013-9", 1);
  next.events->adopt(0, *w.events, 0);
  next.events->adopt_memory(*w.events);
  EXPECT_EQ(next.events->report(0).messages, 2u);
  EXPECT_EQ(next.events->report(0).duplicates, 1u);
  EXPECT_EQ(next.events->report(0).dropped, 1u);
  EXPECT_TRUE(next.events->report(0).last_event.has_value());
  next.send("org.prod.build", build("guake"), "2013-1");
  EXPECT_EQ(next.events->report(0).duplicates, 2u) << "it was seen before the reload";
  next.send("org.prod.build", build("guake"), "2013-9", 1);
  EXPECT_EQ(next.events->report(1).duplicates, 0u) << "another bus, not taken over";
  const auto known = next.events->find("2013-1");
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(next.rules->terms(known[0].rules.at(0)).name, "builds.on[0]");
}

TEST_F(Ingest, WhatIsKeptOfEventsCountsAgainstTheMemory) {
  w.events->watch_silence();
  const auto before = w.store->memory().used(memory_kind::events);
  for (int i = 0; i < 100; ++i) w.send("org.prod.build", build("guake"), std::to_string(i));
  w.events->watch_silence();
  EXPECT_GT(w.store->memory().used(memory_kind::events), before + 100 * sizeof(event_record));
}

TEST_F(Ingest, TheOriginTellsWhereAMarkCameFrom) {
  const auto page = w.know("/packages/guake/builds.json");
  w.send("org.prod.build", build("guake"), "2013-1");
  w.time.advance(200ms);
  ASSERT_TRUE(w.refresh(page, "{}"));
  const auto from = w.status(page).from;
  ASSERT_TRUE(from);
  EXPECT_EQ(from->event_id, "2013-1");
  EXPECT_EQ(from->topic, "org.prod.build");
  EXPECT_EQ(from->bus, "fedmsg");
  EXPECT_EQ(from->rule, "builds.on[0]");
  EXPECT_EQ(from->time.time_since_epoch(), 1363636363500ms);
  EXPECT_EQ(from->received, w.time.now() - 200ms);
  ASSERT_EQ(w.changes.size(), 1u);
  EXPECT_EQ(w.changes[0]->received, from->received) << "for the push latency";
}

TEST_F(Ingest, TheRulesTermsHold) {
  const auto slow = w.know("/packages/guake/builds.json");
  const auto parts = w.know("/packages/guake.json");
  w.store->ask(parts, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(parts, "{}"));
  w.send("org.prod.build", build("guake"));
  EXPECT_FALSE(w.store->claim_next(0, w.time.now())) << "coalesce = 200ms";
  const auto c = w.store->claim_next(1, w.time.now());
  ASSERT_TRUE(c);
  EXPECT_EQ(c->parts, 1u) << "parts = /builds";
  w.time.advance(200ms);
  EXPECT_TRUE(w.refresh(slow, "{}"));
  w.send("org.prod.quiet", build("guake"));
  EXPECT_EQ(w.status(slow).state, freshness_state::stale);
  EXPECT_FALSE(w.status(slow).queued) << "lazy";
}

TEST_F(Ingest, WithoutAJournalAnAcknowledgementNeedNotWait) {
  bool told = false;
  w.events->when_durable([&] { told = true; });
  EXPECT_TRUE(told);
}

TEST_F(Ingest, ADuplicateIsCountedAndDoesNothing) {
  const auto page = w.know("/packages/guake/builds.json");
  w.send("org.prod.build", build("guake"), "2013-1");
  const auto want = w.status(page).want;
  w.send("org.prod.build", build("guake"), "2013-1");
  EXPECT_EQ(w.status(page).want, want);
  w.send("org.prod.build", build("guake"), "2013-1", 1);
  EXPECT_GT(w.status(page).want, want) << "each bus for itself: the other may know it earlier";
  const auto report = w.events->report(0);
  EXPECT_EQ(report.messages, 2u);
  EXPECT_EQ(report.duplicates, 1u);
  EXPECT_EQ(w.metric("freshet_bus_messages_total{bus=\"fedmsg\"}"), "2");
  EXPECT_EQ(w.metric("freshet_bus_duplicates_total{bus=\"fedmsg\"}"), "1");
  EXPECT_EQ(w.metric("freshet_bus_marks_total{bus=\"fedmsg\"}"), "1");
}

TEST_F(Ingest, EventsThatNoRuleWantsAreCounted) {
  w.send("org.prod.nothing", "{}", "1");
  w.send("org.prod.build", build("guake"), "2");
  EXPECT_EQ(w.metric("freshet_bus_events_total{bus=\"fedmsg\",result=\"unmatched\"}"), "1");
  EXPECT_EQ(w.metric("freshet_bus_events_total{bus=\"fedmsg\",result=\"matched\"}"), "1");
}

TEST_F(Ingest, AValueThatTheParameterRefusesMarksNothing) {
  const auto page = w.know("/packages/guake/builds.json");
  w.send("org.prod.build", build(std::string(21, 'x')), "1");
  EXPECT_FALSE(w.status(page).queued);
  EXPECT_EQ(w.metric("freshet_rule_invalid_total{rule=\"builds.on[0]\"}"), "1");
}

TEST_F(Ingest, WhatAPageShowsIsNamedByEvents) {
  const auto page = w.know("/packages/guake/builds.json");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  const auto c = w.store->claim_next(0, w.time.now());
  ASSERT_TRUE(c);
  new_content content;
  content.shows = {{"4711"}};
  content.make = [](sequence version) -> entry_ptr {
    const auto made = entry::make("");
    made->version = version;
    return made;
  };
  w.store->commit(page, c->token, {.good = c->parts}, content, {}, w.time.now());
  w.send("org.prod.bug", R"({"id":4712})", "1");
  EXPECT_EQ(w.status(page).state, freshness_state::fresh);
  w.send("org.prod.bug", R"({"id":4711})", "2");
  EXPECT_EQ(w.status(page).state, freshness_state::stale);
}

TEST_F(Ingest, AWideTagReachesEveryPage) {
  std::vector<page_ref> all;
  for (int i = 0; i < 300; ++i) all.push_back(w.know("/packages/p" + std::to_string(i) + ".json"));
  w.send("org.prod.mass", "{}", "m");
  const auto found = w.events->find("m");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].wide);
  EXPECT_EQ(found[0].pages, 300u);
  for (const auto page : all) EXPECT_EQ(w.status(page).state, freshness_state::stale);
  while (w.store->tick(w.time.now())) {
  }
  for (const auto page : all) EXPECT_TRUE(w.status(page).queued);
}

TEST_F(Ingest, AnEventMakesAPageKnownWhereItsClassIsWarm) {
  w.creates = [](class_id page) { return page == 0; };
  w.send("org.prod.build", build("guake"), "1");
  EXPECT_EQ(w.store->known(), 1u) << "not the class that is not warm";
  const auto page = w.store->find("/packages/guake/builds.json");
  ASSERT_NE(page, no_page) << "query parameters have their defaults";
  w.time.advance(200ms);
  EXPECT_TRUE(w.refresh(page, "{}"));
  EXPECT_EQ(w.status(page).why, cause::event);
  EXPECT_EQ(w.events->find("1").front().created, 1u);
  w.send("org.prod.build", build("guake"), "2");
  EXPECT_EQ(w.events->find("2").front().created, 0u) << "it is known";
  w.send("org.prod.quiet", build("kernel"), "3");
  const auto lazy = w.store->find("/packages/kernel/builds.json");
  ASSERT_NE(lazy, no_page);
  EXPECT_TRUE(w.status(lazy).queued) << "warm pages are built, whatever rule named them";
  w.send("org.prod.bug", R"({"id":1})", "4");
  EXPECT_EQ(w.store->known(), 2u) << "no path parameter, no page";
}

TEST_F(Ingest, APageThatCannotBeMadeIsCounted) {
  ingest_world reserved(R"(
[bus.b]
kind = "zmq"
connect = ["tcp://127.0.0.1:1"]
[upstream.u]
kind = "http"
url = "http://127.0.0.1:3"
[page.any]
path = "/{top}"
fetch = [{ upstream = "u", get = "/x" }]
on = [{ topic = "t", set = { top = "/msg/name" } }]
)");
  reserved.creates = [](class_id) { return true; };
  reserved.send("t", build("-"), "1");
  EXPECT_EQ(reserved.store->known(), 0u);
  EXPECT_EQ(reserved.metric("freshet_bus_pages_refused_total{bus=\"b\"}"), "1");
  reserved.send("t", build("fine"), "2");
  EXPECT_EQ(reserved.store->known(), 1u);
}

TEST_F(Ingest, OneHitThatFailsDoesNotStopTheOthers) {
  const auto overview = w.know("/packages/guake.json");
  w.creates = [](class_id page) -> bool {
    if (page == 0) throw std::runtime_error("a fault of ours");
    return false;
  };
  w.send("org.prod.build", build("guake"), "1");
  EXPECT_TRUE(w.status(overview).queued);
  EXPECT_EQ(w.metric("freshet_bus_failed_total{bus=\"fedmsg\"}"), "1");
  ASSERT_EQ(w.events->find("1").size(), 1u);
  EXPECT_EQ(w.events->find("1")[0].failed, 1u);
  EXPECT_THAT(w.events->find("1")[0].paths, ElementsAre("/packages/guake.json"));
}

TEST_F(Ingest, RunningOutOfMemoryIsNotSwallowed) {
  w.creates = [](class_id) -> bool { throw std::bad_alloc(); };
  EXPECT_THROW(w.send("org.prod.build", build("guake"), "1"), std::bad_alloc);
}

TEST_F(Ingest, WhatAnEventDidIsRemembered) {
  w.know("/packages/guake/builds.json");
  w.know("/packages/guake.json");
  w.send("org.prod.build", build("guake"), "2013-1");
  const auto found = w.events->find("2013-1");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pages, 2u);
  EXPECT_THAT(found[0].rules, UnorderedElementsAre(0, 3));
  EXPECT_THAT(found[0].paths,
              UnorderedElementsAre("/packages/guake.json", "/packages/guake/builds.json"));
  EXPECT_EQ(found[0].received, w.time.wall_now());
  EXPECT_THAT(w.events->find("2013-2"), IsEmpty());
}

TEST_F(Ingest, AtMostTwentyPathsAreKept) {
  for (int i = 0; i < 30; ++i) w.know("/packages/p" + std::to_string(i) + ".json");
  w.send("org.prod.mass", "{}", "m");
  const auto found = w.events->find("m");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pages, 30u);
  EXPECT_EQ(found[0].paths.size(), 20u);
  EXPECT_FALSE(found[0].wide);
}

TEST_F(Ingest, AnEndlessIdIsClippedEverywhere) {
  const auto page = w.know("/packages/guake/builds.json");
  std::string id(511, 'x');
  id += "\u00fc and so on";  // its second byte would be the 513th
  w.send("org.prod.build", build("guake"), id);
  ASSERT_EQ(w.events->find(id).size(), 1u);
  EXPECT_EQ(w.events->find(id)[0].id, std::string(511, 'x')) << "no half characters";
  w.time.advance(200ms);
  ASSERT_TRUE(w.refresh(page, "{}"));
  EXPECT_EQ(w.changes.back()->event_id.size(), 511u) << "each change record carries it";
}

TEST_F(Ingest, DropsAreCountedByAFewReasons) {
  EXPECT_EQ(w.metric("freshet_bus_dropped_total{bus=\"fedmsg\",why=\"malformed\"}"), "0");
  w.events->drop(0, "malformed");
  w.events->drop(0, "malformed");
  w.events->drop(1, "too_large");
  EXPECT_EQ(w.metric("freshet_bus_dropped_total{bus=\"fedmsg\",why=\"malformed\"}"), "2");
  EXPECT_EQ(w.metric("freshet_bus_dropped_total{bus=\"other\",why=\"too_large\"}"), "1");
  EXPECT_EQ(w.events->report(0).dropped, 2u);
  EXPECT_EQ(w.events->report(0).messages, 0u);
  for (int i = 0; i < 40; ++i) {
    const auto reason = "reason" + std::to_string(i);
    w.events->drop(0, std::string_view(reason));
  }
  EXPECT_EQ(w.metric("freshet_bus_dropped_total{bus=\"fedmsg\",why=\"other\"}"), "27");
  EXPECT_EQ(w.events->report(0).dropped, 42u);
}

TEST_F(Ingest, TheReportTellsWhetherABusIsUpAndSilent) {
  auto report = w.events->report(0);
  EXPECT_EQ(report.name, "fedmsg");
  EXPECT_EQ(report.kind, "zmq");
  EXPECT_TRUE(report.up);
  EXPECT_FALSE(report.last_event);
  EXPECT_EQ(w.metric("freshet_bus_up{bus=\"fedmsg\"}"), "1");
  w.up = false;
  EXPECT_EQ(w.metric("freshet_bus_up{bus=\"fedmsg\"}"), "0");
  w.topics_differ = 3;
  EXPECT_EQ(w.metric("freshet_bus_topic_differs_total{bus=\"fedmsg\"}"), "3");
  w.send("org.prod.x", "{}");
  const auto spoke = w.time.wall_now();
  w.time.advance(121s);
  w.events->watch_silence();
  report = w.events->report(0);
  EXPECT_FALSE(report.up);
  EXPECT_EQ(report.last_event, spoke);
  EXPECT_EQ(report.silent_since, spoke);
  EXPECT_EQ(report.silent_for, 121s);
  EXPECT_FALSE(w.events->report(1).silent_since) << "it has no expect_every";
  w.send("org.prod.y", "{}");
  EXPECT_FALSE(w.events->report(0).silent_since);
}

}  // namespace
}  // namespace freshet
