#include "connectors/refresh/refresher.hpp"

#include "net/http/answer/entry_builder.hpp"
#include "net/http/answer/page_head.hpp"
#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class Refresher : public test::workshop {
 protected:
  static constexpr std::string_view two_parts =
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[page.p]\npath = '/p/{name}.json'\n"
      "fetch = [{ upstream = 'u', get = '/x/{name}', into = '/x' },\n"
      "         { upstream = 'u', get = '/y/{name}', into = '/y' }]\n";

  /// Lets a page fail so often that it is parked if its failures count.
  bool parks(error why) {
    open(std::string(test::one_page));
    built("/p/a.json");
    mark("/p/a.json");
    settle();
    for (int i = 0; i < 12; ++i) {
      if (up->up() > 0) refuse("/x/a", why);
      advance(4min);
    }
    const bool parked = status("/p/a.json").state == freshness_state::parked;
    stop();
    return parked;
  }
};

TEST_F(Refresher, WhatCountsAgainstAPage) {
  EXPECT_TRUE(parks(error(status_error(403))));
  EXPECT_TRUE(parks(error(status_error(500)))) << "its upstream is well";
  EXPECT_TRUE(parks(error(client_errc::too_large)));
  EXPECT_TRUE(parks(fail(errc::malformed)));
}

TEST_F(Refresher, ManyRetriesAreALongLease) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\nlimits = { retries = 500000000 }\n"
      "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n");
  mark("/p/a.json");
  settle();
  advance(1h);
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

TEST_F(Refresher, WhatDoesNot) {
  EXPECT_FALSE(parks(error(client_errc::unreachable)));
  EXPECT_FALSE(parks(error(client_errc::timed_out)));
  EXPECT_FALSE(parks(error(client_errc::tls)));
  EXPECT_FALSE(parks(error(client_errc::breaker_open)));
  EXPECT_FALSE(parks(error(client_errc::overloaded)));
  EXPECT_FALSE(parks(error(status_error(429))));
}

TEST_F(Refresher, AFloorIsLookedForInTheBuiltPage) {
  open(std::string(two_parts));
  built("/p/a.json");
  auto rule = std::make_shared<floor_rule>();
  rule->event = *json::pointer::parse("/msg/n");
  rule->page = *json::pointer::parse("/y");
  const auto floor =
      std::make_shared<const page_floor>(std::move(rule), std::vector<std::string>{"2"});
  mark("/p/a.json", {.parts = 2, .floor = floor});
  settle();
  answer("/y/a", "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  EXPECT_EQ(up->up(), 0u) << "between two looks nothing is up";
  advance(1s);
  ASSERT_TRUE(up->answer("/y/a", test::json_answer("", 404)));
  settle();
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":1})") << "what is not there shows nothing";
  advance(3s);
  answer("/y/a", "2.0");
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":2.0})");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
  const auto text = numbers.scrape();
  EXPECT_THAT(text, HasSubstr(R"(freshet_floors_total{page="p",result="again"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(freshet_floors_total{page="p",result="met"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(cause="event",result="same"} 2)"));
}

TEST_F(Refresher, OnlyTheStalePartsAreFetched) {
  open(std::string(two_parts));
  built("/p/a.json");
  up->asked.clear();
  mark("/p/a.json", {.parts = 2});
  settle();
  EXPECT_THAT(up->asked, ElementsAre("/y/a"));
  answer("/y/a", "2");
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":2})");
}

TEST_F(Refresher, APageThatWasNotThereIsFetchedWhole) {
  open(std::string(two_parts));
  mark("/p/a.json");
  settle();
  ASSERT_TRUE(up->answer("/x/a", test::json_answer("", 404)));
  answer("/y/a", "1");
  const auto gone = store->content(store->find("/p/a.json"));
  EXPECT_EQ(gone->status, 404);
  EXPECT_EQ(gone->lines->type, "Content-Type: application/problem+json\r\n");
  EXPECT_THAT(gone->body(), HasSubstr(R"("status":404)"));
  EXPECT_EQ(std::string(gone->etag.data(), 32),
            std::string(http::content_etag(gone->body()).data(), 32));
  mark("/p/a.json", {.parts = 2});
  settle();
  answer("/x/a", "1");
  answer("/y/a", "2");
  EXPECT_EQ(content("/p/a.json"), R"({"x":1,"y":2})");
}

TEST_F(Refresher, APartThatFailedIsTriedAgainAlone) {
  open(std::string(two_parts));
  built("/p/a.json");
  mark("/p/a.json");
  settle();
  answer("/x/a", "2");
  refuse("/y/a", error(client_errc::timed_out));
  EXPECT_EQ(content("/p/a.json"), R"({"x":2,"y":1})") << "with its old bytes meanwhile";
  EXPECT_EQ(status("/p/a.json").state, freshness_state::stale);
  up->asked.clear();
  advance(1s);
  EXPECT_THAT(up->asked, ElementsAre("/y/a"));
  answer("/y/a", "2");
  EXPECT_EQ(content("/p/a.json"), R"({"x":2,"y":2})");
}

TEST_F(Refresher, APageThatIsPurgedMeanwhileStaysAway) {
  open(std::string(test::one_page));
  mark("/p/a.json");
  settle();
  store->purge(store->find("/p/a.json"), time.now());
  answer("/x/a");
  EXPECT_EQ(store->known(), 0u);
  EXPECT_THAT(numbers.scrape(),
              HasSubstr(R"(freshet_refreshes_total{page="p",cause="event",result="error"} 1)"));
}

TEST_F(Refresher, TheLastRefreshIsKeptForExplain) {
  open(std::string(test::one_page));
  const auto page = built("/p/a.json", "[1]");
  const auto* record = refreshes->history().find(page);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->why, cause::miss);
  EXPECT_TRUE(record->changed);
  ASSERT_THAT(record->calls, SizeIs(1));
  EXPECT_EQ(record->calls[0].target, "GET /x/a");
  EXPECT_EQ(record->calls[0].status, 200u);
  EXPECT_EQ(record->calls[0].bytes, 3u);
  mark("/p/a.json");
  settle();
  refuse("/x/a", error(client_errc::timed_out));
  record = refreshes->history().find(page);
  EXPECT_FALSE(record->changed);
  EXPECT_THAT(record->failure, testing::Not(IsEmpty()));
  const auto text = numbers.scrape();
  EXPECT_THAT(text,
              HasSubstr(R"(freshet_refreshes_total{page="p",cause="miss",result="changed"} 1)"));
  EXPECT_THAT(text,
              HasSubstr(R"(freshet_refreshes_total{page="p",cause="event",result="error"} 1)"));
}

TEST_F(Refresher, HowLongAPageWasBehindAnEventIsMeasured) {
  open(std::string(test::one_page));
  built("/p/a.json");
  const auto came = [&](std::string_view path) {
    const auto from = std::make_shared<const origin>(origin{.received = time.now()});
    mark(path, {.from = from, .coalesce = 2s});
    settle();
  };
  const auto sum = [&] {
    const auto text = numbers.scrape();
    const std::string_view name = "freshet_staleness_seconds_sum{page=\"p\"} ";
    const auto at = text.find(name);
    return at == text.npos ? std::string() : text.substr(at + name.size(), 3);
  };
  came("/p/a.json");
  advance(2s);  // coalesce
  advance(1s);  // the upstream
  answer("/x/a", "2");
  EXPECT_EQ(sum(), "3\nf");
  // The first of two events counts from when it was due: what it waited for the second is lost.
  came("/p/a.json");
  advance(1s);
  came("/p/a.json");
  advance(1s);
  answer("/x/a", "3");
  EXPECT_EQ(sum(), "4\nf");
  mark("/p/a.json");  // an event that nobody received is not measured
  settle();
  answer("/x/a", "4");
  EXPECT_EQ(sum(), "4\nf");
  // It was ahead of its data by five seconds: the refresh found the old bytes, the re-read the new.
  came("/p/a.json");
  advance(2s);
  answer("/x/a", "4");
  EXPECT_EQ(sum(), "6\nf");
  advance(5s);
  answer("/x/a", "5");
  EXPECT_EQ(sum(), "13\n");
}

}  // namespace
}  // namespace freshet
