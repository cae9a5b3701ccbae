#include "connectors/schedule/miss_desk.hpp"

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class MissDesk : public test::workshop {
 protected:
  static constexpr std::string_view caused = "fresh fwd=miss; stored";
  static constexpr std::string_view joined = "fresh fwd=miss; collapsed";
};

TEST_F(MissDesk, AThousandVisitorsAreOneCall) {
  open(std::string(test::one_page));
  std::vector<std::shared_ptr<visit>> visits;
  for (int i = 0; i < 1000; ++i) visits.push_back(ask("/p/a.json"));
  settle();
  EXPECT_EQ(desk->waiting(), 1000u);
  EXPECT_THAT(up->asked, ElementsAre("/x/a"));
  EXPECT_EQ(up->lane_of("/x/a"), call_lane::visitor);
  answer("/x/a", "1");
  EXPECT_EQ(visits[0]->status(), caused);
  for (std::size_t i = 1; i < visits.size(); ++i) ASSERT_EQ(visits[i]->status(), joined);
  for (const auto& v : visits) {
    ASSERT_EQ(v->got->what, outcome::served);
    ASSERT_EQ(v->body(), "1");
  }
  EXPECT_THAT(up->asked, SizeIs(1));
  EXPECT_EQ(desk->waiting(), 0u);
}

TEST_F(MissDesk, WhoComesToARefreshThatIsUpJoinsIt) {
  open(std::string(test::one_page));
  mark("/p/a.json", {.why = cause::warm});
  settle();
  const auto v = ask("/p/a.json");
  settle();
  EXPECT_THAT(up->asked, SizeIs(1));
  answer("/x/a");
  EXPECT_EQ(v->status(), joined);
}

/// A page of an earlier run, in doubt, its body not read yet.
class MissDeskAtTheStart : public MissDesk {
 protected:
  void SetUp() override {
    open(std::string(test::one_page));
    const auto found = pages.find("/p/a.json");
    remembered_page is;
    is.was.version = is.was.have = 1;
    is.was.parts.push_back({freshness_state::unverified, 1, 1, nullptr});
    coming = page = store->recall(found.key, found.canonical, is, time.now());
    first = ask("/p/a.json");
    second = ask("/p/a.json");
    settle();
    EXPECT_FALSE(first->got);
    EXPECT_THAT(up->asked, IsEmpty()) << "nobody is called for what is here already";
  }
  page_ref page = no_page;
  std::shared_ptr<visit> first, second;
};

TEST_F(MissDeskAtTheStart, ABodyThatComesBackIsServedAndThenVerified) {
  auto body = entry::make("old");
  body->version = 1;
  ASSERT_TRUE(store->recall_content(page, body));
  coming = no_page;
  settle();
  EXPECT_EQ(first->status(), "unverified hit");
  EXPECT_EQ(second->body(), "old");
  EXPECT_THAT(up->asked, ElementsAre("/x/a"));
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

TEST_F(MissDeskAtTheStart, ABodyThatIsLostIsBuilt) {
  coming = no_page;
  desk->settled(page);
  settle();
  EXPECT_FALSE(first->got);
  EXPECT_THAT(up->asked, ElementsAre("/x/a"));
  answer("/x/a", "2");
  EXPECT_EQ(first->body(), "2");
  EXPECT_EQ(second->body(), "2");
}

TEST_F(MissDeskAtTheStart, WhoWaitsForItIsSentAwayWhenTheServerStops) {
  stop();
  ASSERT_TRUE(first->got);
  EXPECT_EQ(first->got->what, outcome::wait_passed);
}

TEST_F(MissDesk, ContentThatIsThereIsServedAtOnce) {
  open(std::string(test::one_page));
  built("/p/a.json", "1");
  mark("/p/a.json");
  settle();
  const auto v = ask("/p/a.json");  // another loop did not know the page yet
  settle();
  EXPECT_EQ(v->status(), "stale hit");
  EXPECT_EQ(v->body(), "1");
  answer("/x/a");
}

TEST_F(MissDesk, WhoComesAfterAnEventGetsNoRefreshThatBeganBeforeIt) {
  open(std::string(test::one_page));
  const auto early = ask("/p/a.json");
  settle();
  mark("/p/a.json");  // the event
  const auto late = ask("/p/a.json");
  settle();
  answer("/x/a", "1");
  EXPECT_EQ(early->body(), "1");
  EXPECT_FALSE(late->got) << "this answer may be from before the event";
  EXPECT_THAT(up->asked, SizeIs(2));
  answer("/x/a", "2");
  EXPECT_EQ(late->body(), "2");
}

TEST_F(MissDesk, WhoWaitedLongEnoughGetsWhatThereIs) {
  open(std::string(test::one_page) + "wait = '5ms'\n");
  const auto early = ask("/p/a.json");
  settle();
  mark("/p/a.json");
  const auto late = ask("/p/a.json");
  settle();
  answer("/x/a", "1");
  EXPECT_EQ(early->body(), "1");
  time.advance(5ms);
  run_until([&] { return late->got.has_value(); });
  EXPECT_EQ(late->got->what, outcome::served);
  EXPECT_EQ(late->body(), "1");
  EXPECT_THAT(late->status(), HasSubstr("stale"));
}

TEST_F(MissDesk, TheWaitOfAPageEnds) {
  open(std::string(test::one_page) + "wait = '5ms'\n");
  const auto v = ask("/p/a.json");
  settle();
  time.advance(4ms);
  settle();
  EXPECT_FALSE(v->got);
  time.advance(1ms);
  run_until([&] { return v->got.has_value(); });
  EXPECT_EQ(v->got->what, outcome::wait_passed);
  EXPECT_EQ(v->got->shown.content, nullptr);
  EXPECT_EQ(up->up(), 1u) << "the refresh goes on";
  answer("/x/a", "1");
  EXPECT_EQ(content("/p/a.json"), "1");
}

TEST_F(MissDesk, AFailureIsToldInASentenceWithoutAddresses) {
  open(std::string(test::one_page));
  const auto first = ask("/p/a.json");
  const auto second = ask("/p/a.json");
  settle();
  refuse("/x/a", error(client_errc::unreachable, "http://127.0.0.1:1/x/a: refused"));
  for (const auto& v : {first, second}) {
    ASSERT_TRUE(v->got);
    EXPECT_EQ(v->got->what, outcome::failed);
    EXPECT_EQ(v->got->detail, "The upstream \"u\" cannot be reached.");
    EXPECT_GE(v->got->retry_after, 1s);
  }
}

TEST_F(MissDesk, EachKindOfFailureHasItsSentence) {
  open(std::string(test::one_page));
  const std::vector<std::pair<result<upstream_answer>, std::string>> cases{
      {error(status_error(403)), "The upstream \"u\" answered 403."},
      {error(client_errc::tls, "secret"), "TLS"},
      {error(client_errc::timed_out), "did not answer in time"},
      {error(client_errc::too_large), "sent too much"},
      {test::json_answer("<html>"), "document that this page does not accept"},
  };
  int n = 0;
  for (const auto& [with, sentence] : cases) {
    const auto name = std::to_string(n++);
    const auto v = ask("/p/" + name + ".json");
    settle();
    ASSERT_TRUE(up->answer("/x/" + name, with));
    settle();
    ASSERT_TRUE(v->got) << sentence;
    EXPECT_EQ(v->got->what, outcome::failed) << sentence;
    EXPECT_THAT(v->got->detail, HasSubstr(sentence));
    EXPECT_THAT(v->got->detail, Not(HasSubstr("secret")));
  }
}

TEST_F(MissDesk, ABackoffBeyondTheWaitIsToldAtOnce) {
  open(std::string(test::one_page));
  ask("/p/a.json");
  settle();
  refuse("/x/a", error(status_error(503, 60s)));
  advance(10s);
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_TRUE(v->got);
  EXPECT_EQ(v->got->what, outcome::failed);
  EXPECT_EQ(v->got->retry_after, 50s);
  EXPECT_EQ(v->got->detail, "The upstream \"u\" answered 503.");
}

TEST_F(MissDesk, ABackoffWithinTheWaitIsWaitedFor) {
  open(std::string(test::one_page));
  ask("/p/a.json");
  settle();
  refuse("/x/a", error(status_error(503, 3s)));
  const auto v = ask("/p/a.json");
  settle();
  EXPECT_FALSE(v->got);
  advance(3s);
  answer("/x/a", "1");
  EXPECT_EQ(v->body(), "1");
}

TEST_F(MissDesk, AParkedPageSaysSo) {
  open(std::string(test::one_page));
  const auto page = know("/p/a.json");
  for (int i = 0; i < 20 && status("/p/a.json").state != freshness_state::parked; ++i) {
    store->ask(page, lane::visitor, cause::miss, time.now());
    settle();
    if (up->up() > 0) refuse("/x/a", error(status_error(500)));
    advance(5min);
  }
  ASSERT_EQ(status("/p/a.json").state, freshness_state::parked);
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_TRUE(v->got);
  EXPECT_EQ(v->got->what, outcome::parked);
  EXPECT_THAT(v->got->detail, HasSubstr("answered 500"));
  EXPECT_GT(v->got->retry_after, 1min);
}

TEST_F(MissDesk, MoreVisitorsThanTheBoundAreSentAway) {
  desk_limits.waiting = 3;
  open(std::string(test::one_page));
  std::vector<std::shared_ptr<visit>> visits;
  for (int i = 0; i < 4; ++i) visits.push_back(ask("/p/" + std::to_string(i) + ".json"));
  settle();
  ASSERT_TRUE(visits[3]->got);
  EXPECT_EQ(visits[3]->got->what, outcome::queue_full);
  EXPECT_EQ(up->up(), 3u) << "and cost nothing";
  answer("/x/0");
  const auto again = ask("/p/3.json");
  settle();
  EXPECT_FALSE(again->got) << "there is room again";
}

TEST_F(MissDesk, WithoutMemoryThePageIsRefused) {
  open(std::string(test::one_page), false, {.memory = 64u << 10});
  for (int i = 0; i < 10'000; ++i) {  // without a turn nothing is evicted
    const auto at = pages.find("/p/" + std::to_string(i) + ".json");
    if (store->know(at.key, at.canonical) == no_page) break;
  }
  const auto v = ask("/p/new.json");
  settle();
  ASSERT_TRUE(v->got);
  EXPECT_EQ(v->got->what, outcome::queue_full);
}

TEST_F(MissDesk, OnlyListedPagesAreMade) {
  open(std::string(test::one_page) + "keys = 'listed'\nwarm = { keys = { name = ['a'] } }\n");
  auto v = ask("/p/a.json");
  settle();
  EXPECT_EQ(v->got->what, outcome::wait_passed) << "the list was not read yet";
  listed_as = listing::unlisted;
  v = ask("/p/a.json");
  settle();
  EXPECT_EQ(v->got->what, outcome::unlisted);
  EXPECT_EQ(store->known(), 0u);
  listed_as = listing::listed;
  v = ask("/p/a.json");
  settle();
  answer("/x/a", "1");
  EXPECT_EQ(v->body(), "1");
  listed_as = listing::unlisted;
  v = ask("/p/a.json");
  settle();
  EXPECT_EQ(v->body(), "1") << "a known page stays";
}

TEST_F(MissDesk, ANegativeAnswerIsAnAnswer) {
  open(std::string(test::one_page));
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("no", 404)));
  settle();
  EXPECT_EQ(v->got->what, outcome::served);
  EXPECT_EQ(v->got->shown.content->status, 404);
}

TEST_F(MissDesk, APageWithoutItsOptionalPartIsServed) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[page.p]\npath = '/p/{name}.json'\n"
      "fetch = [{ upstream = 'u', get = '/x/{name}', into = '/x' },\n"
      "         { upstream = 'u', get = '/y/{name}', into = '/y', optional = true }]\n");
  const auto v = ask("/p/a.json");
  settle();
  answer("/x/a", "1");
  refuse("/y/a", error(client_errc::timed_out));
  EXPECT_EQ(v->body(), R"({"x":1,"y":null})");
  EXPECT_THAT(v->status(), HasSubstr("stale"));
}

TEST_F(MissDesk, VisitorsAreNotResumedInsideTheStore) {
  open(std::string(test::one_page));
  plan->wake();
  const auto page = know("/p/a.json");
  const auto v = ask("/p/a.json");
  settle();
  desk->settled(page);
  EXPECT_FALSE(v->got);
  store->purge(page, time.now());
  EXPECT_FALSE(v->got);
  settle();
  EXPECT_FALSE(v->got) << "the page was asked for anew";
  EXPECT_THAT(up->targets(), ElementsAre("/x/a", "/x/a"));
  answer("/x/a", "1");
  EXPECT_FALSE(v->got);
  answer("/x/a", "2");
  EXPECT_EQ(v->body(), "2");
}

TEST_F(MissDesk, APageWhoseNumberIsAnotherPagesNowIsNotConfusedWithIt) {
  open(std::string(test::one_page));
  const auto v = ask("/p/a.json");
  settle();
  const auto page = store->find("/p/a.json");
  store->purge(page, time.now());
  ASSERT_EQ(know("/p/b.json"), page);
  store->ask(page, lane::visitor, cause::miss, time.now());
  const auto c = store->claim_next(0, time.now());
  ASSERT_TRUE(c && c->ref == page);
  new_content other;
  other.make = [](sequence version) -> entry_ptr {
    auto made = entry::make("another page");
    made->version = version;
    return made;
  };
  ASSERT_TRUE(
      store->commit(page, c->token, {.good = c->parts}, other, nullptr, time.now()).accepted);
  settle();
  EXPECT_FALSE(v->got);
  answer("/x/a", "1");  // of the claim that the purge ended
  EXPECT_FALSE(v->got);
  answer("/x/a", "2");
  EXPECT_EQ(v->body(), "2");
}

TEST_F(MissDesk, WhatWasBuiltIsServedEvenIfItIsEvictedAtOnce) {
  open(std::string(test::one_page));
  const auto v = ask("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("1")));
  // The commit and the purge happen before the visitor's turn.
  while (content("/p/a.json") != "1") {
    ctx.restart();
    ctx.poll_one();
  }
  if (!v->got) store->purge(store->find("/p/a.json"), time.now());
  settle();
  EXPECT_EQ(v->body(), "1");
  EXPECT_THAT(up->asked, SizeIs(1));
}

TEST_F(MissDesk, AVisitorWhoLeavesLeavesTheRefreshToTheOthers) {
  open(std::string(test::one_page));
  const auto gone = ask("/p/a.json");
  const auto stays = ask("/p/a.json");
  settle();
  gone->leave.emit(asio::cancellation_type::terminal);
  settle();
  EXPECT_TRUE(gone->thrown);
  EXPECT_FALSE(gone->got);
  EXPECT_EQ(desk->waiting(), 1u);
  answer("/x/a");
  EXPECT_EQ(stays->body(), "1");
}

TEST_F(MissDesk, ARefreshThatLosesItsLeaseIsRepeatedForHim) {
  open(std::string(test::one_page) + "wait = '1h'\n");
  const auto v = ask("/p/a.json");
  settle();
  advance(10min);
  advance(1min);
  EXPECT_FALSE(v->got);
  EXPECT_THAT(up->targets(), ElementsAre("/x/a", "/x/a"));
  EXPECT_EQ(up->lane_of("/x/a"), call_lane::visitor);
  answer("/x/a", "1");
  EXPECT_FALSE(v->got);
  answer("/x/a", "2");
  EXPECT_EQ(v->body(), "2");
}

TEST_F(MissDesk, ClosingSendsEverybodyAway) {
  open(std::string(test::one_page));
  const auto v = ask("/p/a.json");
  settle();
  stop();
  ASSERT_TRUE(v->got);
  EXPECT_EQ(v->got->what, outcome::wait_passed);
}

}  // namespace
}  // namespace freshet
