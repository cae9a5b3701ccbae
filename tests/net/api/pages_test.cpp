#include "tests/net/api/allocations.hpp"
#include "tests/net/api/public_fixture.hpp"

namespace freshet::test {
namespace {

using outcome = api::miss_answer::outcome;

class Pages : public Public {};

TEST_F(Pages, AHitIsThePageWithItsHead) {
  log.publish("/packages/z.json");
  put("/packages/a.json", built("{\"a\":1}"));
  const auto got = ask("GET /packages/a.json");
  EXPECT_FALSE(slow);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(got, HasSubstr("Link: </.well-known/mercure>; rel=\"mercure\"; last-event-id=\"4-" +
                             std::to_string(log.newest()) + "\"\r\n"));
  EXPECT_THAT(got, HasSubstr("Content-Location: /packages/a.json\r\n"));
  EXPECT_THAT(got, HasSubstr("Freshness: state=fresh\r\nCache-Status: freshet; hit\r\n\r\n{"));
  EXPECT_EQ(body_of(got), "{\"a\":1}");
}

TEST_F(Pages, OtherSpellingsAreTheSamePage) {
  put("/packages/a.json", built("{}"));
  for (const auto* target : {"/packages/A.json", "/packages/%61.json", "/packages/a.json?page=1",
                             "/packages/a.json?utm=x&release="}) {
    EXPECT_THAT(ask("GET " + std::string(target)), StartsWith("HTTP/1.1 200 OK")) << target;
    EXPECT_FALSE(slow);
  }
}

TEST_F(Pages, HeadAndConditionalRequestsHaveNoBody) {
  put("/packages/a.json", built("{\"a\":1}"));
  EXPECT_EQ(body_of(ask("HEAD /packages/a.json")), "");
  const auto tag = http::content_etag("{\"a\":1}");
  const auto got = ask("GET /packages/a.json", "Host: h\r\nIf-None-Match: W/\"" +
                                                   std::string(tag.data(), 32) + "-gz\"\r\n");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_THAT(got, HasSubstr("Freshness: state=fresh\r\n"));
  EXPECT_EQ(body_of(got), "");
}

TEST_F(Pages, ACodingIsServedWhenItIsThereAndAskedForWhenNot) {
  const std::string body(1000, 'x');
  auto& s = put("/packages/a.json", built(body));
  const auto* fields = "Host: h\r\nAccept-Encoding: gzip\r\n";
  EXPECT_EQ(body_of(ask("GET /packages/a.json", fields)), body);
  EXPECT_THAT(encode, testing::ElementsAre("/packages/a.json-gz"));
  auto e = boost::const_pointer_cast<entry>(built(body).content);
  ASSERT_TRUE(http::add_encoding(*e, http::coding::gzip));
  home.publish(s, {"\r\n", e});
  EXPECT_THAT(ask("GET /packages/a.json", fields), HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_EQ(encode.size(), 1u);
}

TEST_F(Pages, ACanonicalHitAllocatesNothing) {
  settings.cors.origins = {"https://app.example.org"};
  auto v = built(std::string(1000, 'x'));
  ASSERT_TRUE(http::add_encoding(*boost::const_pointer_cast<entry>(v.content), http::coding::gzip));
  put("/packages/a.json", std::move(v));
  start();
  const std::string bytes =
      "GET /packages/a.json HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example.org\r\n"
      "Accept-Encoding: gzip\r\n\r\n";
  const auto judged = http::gate({}).judge(bytes);
  http::response_batch out;
  const auto serve = [&] {
    made->begin_turn();
    EXPECT_EQ(made->answer(std::get<http::request_head>(judged), from, out),
              http::responder::outcome::done);
    out.consume(out.bytes_left());
    out.clear();
  };
  serve();  // makes the counter of this page and status
  const auto before = allocations();
  for (int i = 0; i < 16; ++i) serve();
  EXPECT_EQ(allocations() - before, 0u);
}

TEST_F(Pages, ARaisedHandIsTakenOnce) {
  auto v = built("{}");
  v.tell_home = true;
  put("/packages/a.json", std::move(v));
  ask("GET /packages/a.json");
  ask("GET /packages/a.json");
  EXPECT_THAT(told, testing::ElementsAre("/packages/a.json"));
}

TEST_F(Pages, AMissIsServedWithItsOwnFragment) {
  put("/packages/a.json", shown_page{"fresh", {}});  // known, never built
  next.shown = waited_for("{\"new\":1}", 3);
  next.shown.fragment = "Cache-Status: freshet; fwd=miss; stored\r\n\r\n";
  const auto got = ask("GET /packages/A.json?page=1");
  EXPECT_TRUE(slow);
  EXPECT_THAT(missed, testing::ElementsAre("/packages/a.json"));
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("freshet; fwd=miss; stored\r\n\r\n{\"new\":1}"));
}

TEST_F(Pages, TheLinkOfAMissIsNotAfterWhatItShows) {
  log.publish("/packages/z.json");
  const auto before = log.newest();
  next.shown = waited_for("{}", before + 1);
  on_miss = [&] {  // its own commit, and one more change of the page after it
    log.publish("/packages/a.json");
    log.publish("/packages/a.json");
  };
  EXPECT_THAT(ask("GET /packages/a.json"),
              HasSubstr("last-event-id=\"4-" + std::to_string(before + 1) + "\""));
  next = {};
  next.what = outcome::failed;
  on_miss = [&] { log.publish("/packages/a.json"); };
  const auto then = log.newest();
  EXPECT_THAT(ask("GET /packages/b.json"),
              HasSubstr("last-event-id=\"4-" + std::to_string(then) + "\""));
}

TEST_F(Pages, EveryOutcomeOfAMissHasItsStatus) {
  struct row {
    outcome what;
    std::string_view status;
    bool retry, link;
  };
  for (const auto& [what, status, retry, link] :
       {row{outcome::wait_passed, "503 Service Unavailable", true, true},
        row{outcome::queue_full, "503 Service Unavailable", true, true},
        row{outcome::failed, "502 Bad Gateway", true, true},
        row{outcome::parked, "502 Bad Gateway", true, true},
        row{outcome::unlisted, "404 Not Found", false, false}}) {
    next = {.what = what, .retry_after = std::chrono::seconds(7), .detail = "koji: time-out"};
    const auto got = ask("GET /packages/a.json");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 " + std::string(status)));
    EXPECT_THAT(got, HasSubstr("Content-Type: application/problem+json\r\n"));
    EXPECT_THAT(got, HasSubstr("\"detail\":\"koji: time-out\""));
    EXPECT_EQ(got.find("Retry-After: 7\r\n") != got.npos, retry) << got;
    EXPECT_EQ(got.find("Link: <") != got.npos, link) << got;
    const auto state = what == outcome::parked ? "parked" : "stale";
    EXPECT_EQ(got.find("Freshness: state=" + std::string(state) + "\r\n") != got.npos, retry);
  }
}

TEST_F(Pages, APageThatIsNotStoredIsAlwaysAskedFor) {
  bypass.shown = waited_for("{\"n\":1}");
  EXPECT_EQ(body_of(ask("GET /search/x")), "{\"n\":1}");
  EXPECT_EQ(body_of(ask("GET /search/x")), "{\"n\":1}");
  EXPECT_THAT(missed, testing::ElementsAre("/search/x", "/search/x"));
  EXPECT_THAT(numbers.scrape(), HasSubstr("freshet_cache_requests_total{result=\"bypass\"} 2"));
}

TEST_F(Pages, ANegativeEntryIsServedAsItIs) {
  http::entry_source source;
  source.body = "{}";
  source.status = 410;
  auto e = http::build_entry(std::move(source));
  put("/packages/gone.json", shown_page{"fresh", e});
  EXPECT_THAT(ask("GET /packages/gone.json"), StartsWith("HTTP/1.1 410 Gone\r\n"));
}

TEST_F(Pages, WrongParametersAre400) {
  for (const auto* target :
       {"/packages/a.json?page=0", "/packages/a.json?page=2&page=2", "/packages/a%00.json"}) {
    const auto got = ask("GET " + std::string(target));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << target;
    EXPECT_THAT(got, HasSubstr("application/problem+json")) << target;
  }
}

TEST_F(Pages, AnUnknownPathNamesTheNearest) {
  const auto got = ask("GET /package/a.json");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(body_of(got), HasSubstr("nearest: /packages/{package}.json?release&page=1"));
  for (const auto* path : {"/-/nothing", "/.well-known/x", "/_console/", "/-/demo/event"}) {
    EXPECT_THAT(ask("GET " + std::string(path)), StartsWith("HTTP/1.1 404")) << path;
  }
}

TEST_F(Pages, RequestsAreCountedByRouteCodeAndResult) {
  put("/packages/a.json", built("{}"));
  put("/packages/b.json", built("{}", 1, "stale"));
  ask("GET /packages/a.json");
  ask("GET /packages/a.json");
  ask("GET /packages/b.json", "Host: h\r\nIf-None-Match: *\r\n");
  next.what = outcome::failed;
  ask("GET /packages/c.json");
  ask("GET /none");
  for (const unsigned status : {405u, 405u, 413u, 431u, 505u, 599u})
    made->refused(static_cast<std::uint16_t>(status));
  const auto got = numbers.scrape();
  EXPECT_THAT(got, HasSubstr("freshet_http_requests_total{route=\"package\",code=\"200\"} 2"));
  EXPECT_THAT(got, HasSubstr("freshet_http_requests_total{route=\"package\",code=\"304\"} 1"));
  EXPECT_THAT(got, HasSubstr("freshet_http_requests_total{route=\"package\",code=\"502\"} 1"));
  EXPECT_THAT(got, HasSubstr("freshet_http_requests_total{route=\"none\",code=\"404\"} 1"));
  EXPECT_THAT(got, HasSubstr("freshet_http_requests_total{route=\"none\",code=\"405\"} 2"));
  for (const auto* code : {"413", "431", "505", "other"}) {
    EXPECT_THAT(got, HasSubstr("{route=\"none\",code=\"" + std::string(code) + "\"} 1"));
  }
  EXPECT_THAT(got, HasSubstr("freshet_cache_requests_total{result=\"hit\"} 2"));
  EXPECT_THAT(got, HasSubstr("freshet_cache_requests_total{result=\"stale\"} 1"));
  EXPECT_THAT(got, HasSubstr("freshet_cache_requests_total{result=\"miss\"} 1"));
}

}  // namespace
}  // namespace freshet::test
