#include <gmock/gmock.h>

#include "tests/connectors/ingest/pages.hpp"

namespace freshet {
namespace {

using test::ingest_world;
using test::two_pages;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view object = R"({"name":{"id":1,"name":"guake"}})";

/// Events that go to the locker, and out of it again.
class Locked : public testing::Test {
 protected:
  ingest_world w{two_pages};

  std::vector<std::string> kept() const {
    std::vector<std::string> out;
    w.kept.each([&](const locked_event& e) { out.push_back(e.why + " " + e.id); });
    return out;
  }
  bool retry(std::uint64_t number, std::string_view msg) {
    return w.events->retry(*w.kept.take(number), [&](const locked_event& e) {
      w.send(e.topic, msg, e.id);
      return true;
    });
  }
};

TEST_F(Locked, AnEventThatARuleChokesOnIsKeptAndTheOthersAreNot) {
  w.know("/packages/guake.json");
  w.send("org.prod.build", object, "odd");
  w.send("org.prod.build", R"({"name":"guake"})", "good");
  w.send("org.prod.build", "{}", "nothing");
  EXPECT_THAT(kept(), ElementsAre("rule odd"));
  const auto* e = w.kept.find(1);
  EXPECT_EQ(e->bus, "fedmsg");
  EXPECT_EQ(e->topic, "org.prod.build");
  EXPECT_THAT(e->detail, HasSubstr("builds.on[0]: set package meets an object"));
  EXPECT_THAT(e->bytes, HasSubstr("\"guake\"}"));
  EXPECT_TRUE(e->whole());
  EXPECT_TRUE(w.events->find("odd").front().locked);
  EXPECT_FALSE(w.events->find("good").front().locked);
}

TEST_F(Locked, TheOtherRulesOfTheEventStillDoTheirWork) {
  const auto page = w.know("/packages/guake.json");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(page, "{}"));
  w.send("org.prod.mass", object, "x");
  EXPECT_EQ(w.status(page).state, freshness_state::stale);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Locked, WhatTheBusRefusesIsKept) {
  w.events->drop(0, {"malformed", "org.prod.build", "{", 1});
  w.events->drop(0, {"too_large", "org.prod.build", "abc", 1 << 30});
  EXPECT_THAT(kept(), ElementsAre("malformed ", "too_large "));
  EXPECT_TRUE(w.kept.find(1)->whole());
  EXPECT_FALSE(w.kept.find(2)->whole());
}

TEST_F(Locked, AReplayIsNoDuplicateAndCountsNoMessage) {
  const auto page = w.know("/packages/guake/builds.json");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(page, "{}"));
  w.send("org.prod.build", object, "x");
  EXPECT_EQ(w.status(page).state, freshness_state::fresh);
  EXPECT_TRUE(retry(1, R"({"name":"guake"})")) << "as if its rule had been mended";
  EXPECT_EQ(w.status(page).state, freshness_state::stale);
  EXPECT_THAT(kept(), IsEmpty());
  EXPECT_EQ(w.metric("freshet_bus_messages_total{bus=\"fedmsg\"}"), "1");
  EXPECT_EQ(w.metric("freshet_bus_duplicates_total{bus=\"fedmsg\"}"), "0");
}

TEST_F(Locked, WhatChokesAgainIsThereAgain) {
  w.send("org.prod.build", object, "x");
  EXPECT_FALSE(retry(1, object));
  EXPECT_THAT(kept(), ElementsAre("rule x"));
  EXPECT_EQ(w.kept.find(1)->tries, 1u);
  EXPECT_EQ(w.metric("freshet_locker_events_total{bus=\"fedmsg\",why=\"rule\"}"), "1");
}

TEST_F(Locked, WhatIsNotWholeIsNotGiven) {
  w.events->drop(0, {"too_large", "t", "abc", 1 << 30});
  EXPECT_FALSE(w.events->retry(*w.kept.take(1), [](const locked_event&) -> bool {
    ADD_FAILURE();
    return true;
  }));
  EXPECT_THAT(kept(), ElementsAre("too_large "));
}

TEST_F(Locked, ABusThatThrowsIsSurvived) {
  w.events->drop(0, {"malformed", "t", "abc"});
  EXPECT_FALSE(w.events->retry(
      *w.kept.take(1), [](const locked_event&) -> bool { throw std::runtime_error("gone"); }));
  EXPECT_EQ(w.kept.find(1)->detail, "gone");
  w.send("org.prod.build", R"({"name":"guake"})", "good");
  EXPECT_EQ(w.metric("freshet_bus_messages_total{bus=\"fedmsg\"}"), "1") << "no retry any more";
}

TEST_F(Locked, TheRecordTellsWhyRulesGaveNothing) {
  w.send("org.prod.build", "{}", "x");
  const auto record = w.events->find("x").front();
  ASSERT_EQ(record.noted, 2u);
  EXPECT_EQ(w.rules->sentence(record.notes[0].rule, record.notes[0].what, record.notes[0].term,
                              record.notes[0].shape),
            "set package finds nothing");
}

}  // namespace
}  // namespace freshet
