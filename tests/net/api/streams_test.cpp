#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "net/http/server/listener.hpp"
#include "net/sse/hub_loop.hpp"
#include "tests/net/api/public_fixture.hpp"
#include "tests/support/report.hpp"

namespace freshet::test {
namespace {

using namespace std::chrono_literals;

/// The whole public listener on a loopback port, with a hub that delivers in the next turn.
class Streams : public Public {
 public:
  void serve(http::listener_options options = {}) {
    start();
    options.at = {asio::ip::make_address("127.0.0.1"), 0};
    environment.emplace(http::session_environment{
        http::gate({}), http::session_times{}, *made, block, counts, watch, {}});
    server = http::listener::open(ctx, std::move(options), *environment, report).value();
    shell.spawn("listener", server->run());
    shell.spawn("reaper", watch.run());
  }

  asio::awaitable<void> stop() {
    co_await server->stop(10s);
    watch.stop();
    co_await shell.close();
  }

  asio::awaitable<http::tcp_socket> dial(std::string line, std::string fields = {}) {
    http::tcp_socket s(ctx.get_executor());
    s.connect(server->local());
    const auto bytes = line + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
    co_await asio::async_write(s, asio::buffer(bytes), use_result);
    co_return s;
  }

  /// Reads until `part` is there, or the end.
  asio::awaitable<std::string> read_until(http::tcp_socket* s, std::string part) {
    std::string out, chunk(4096, '\0');
    while (part.empty() || out.find(part) == out.npos) {
      auto [ec, n] = co_await s->async_read_some(asio::buffer(chunk), use_result);
      if (ec) break;
      out.append(chunk, 0, n);
    }
    co_return out;
  }

  change_ptr change_page(const std::string& path) {
    auto c = log.publish(path);
    streams.on_change(c);
    streams.flush(time.now());
    return c;
  }

  http::counters counts;
  real_clock steady;
  http::reaper watch{ctx, steady, 5ms};
  std::optional<http::session_environment> environment;
  std::unique_ptr<http::listener> server;
  task_scope shell{ctx.get_executor(), report};
};

std::string id_of(const change_ptr& c) { return "id: 4-" + std::to_string(c->at) + "\n"; }

TEST_F(Streams, AChangeIsToldToWhoWatchesThePage) {
  settings.cors.origins = {"https://app.example.org"};
  serve();
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    auto s = co_await t->dial("GET /.well-known/mercure?match=/packages/A.json",
                              "Origin: https://app.example.org\r\n");
    const auto hello = co_await t->read_until(&s, "retry:");
    EXPECT_THAT(hello, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
    EXPECT_THAT(hello, HasSubstr("Access-Control-Allow-Origin: https://app.example.org\r\n"));
    EXPECT_THAT(hello, HasSubstr("\r\nDate: "));
    t->change_page("/packages/other.json");
    const auto c = t->change_page("/packages/a.json");
    const auto told = co_await t->read_until(&s, "\n\n");
    EXPECT_THAT(told, HasSubstr(id_of(c)));
    EXPECT_THAT(told, HasSubstr("event: reload\n"));
    EXPECT_THAT(told, HasSubstr("\"@id\":\"/packages/a.json\""));
    EXPECT_THAT(told, Not(HasSubstr("other")));
    s.close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, AStreamGoesOnFromTheLinkOfAPage) {
  serve();
  put("/packages/a.json", built("{}"));
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    t->change_page("/packages/a.json");
    auto page = co_await t->dial("GET /packages/a.json", "Connection: close\r\n");
    const auto got = co_await t->read_until(&page, "");
    page.close();
    const auto from = got.find("last-event-id=\"") + 15;
    const auto id = got.substr(from, got.find('"', from) - from);
    const auto c = t->change_page("/packages/a.json");
    for (const bool by_field : {true, false}) {
      auto s = co_await t->dial(
          "GET /-/live?match=/packages/a.json" + (by_field ? "" : "&last_event_id=" + id),
          by_field ? "Last-Event-ID: " + id + "\r\n" : "");
      EXPECT_THAT(co_await t->read_until(&s, "event: reload\n"), HasSubstr(id_of(c)));
      s.close();
    }
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, BeyondTheLimitIs503) {
  serve();
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    auto a = co_await t->dial("GET /-/live?match=/packages/a.json");
    auto b = co_await t->dial("GET /-/live?match_urlpattern=/packages/:x");
    co_await t->read_until(&a, "retry:");
    co_await t->read_until(&b, "retry:");
    auto c = co_await t->dial("GET /-/live?match=/packages/a.json", "Connection: close\r\n");
    const auto got = co_await t->read_until(&c, "");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_THAT(got, HasSubstr("Retry-After: 5\r\n"));
    for (auto* s : {&a, &b, &c}) s->close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, OneAddressHasItsShareAndGetsItBack) {
  settings.limits.streams_per_address = 1;
  serve();
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    const std::string line = "GET /-/live?match=/packages/a.json";
    auto a = co_await t->dial(line);
    co_await t->read_until(&a, "retry:");
    auto b = co_await t->dial(line, "Connection: close\r\n");
    EXPECT_THAT(co_await t->read_until(&b, ""), StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
    b.close();
    a.close();
    while (t->streams.size() != 0) co_await asio::post(t->ctx, use_result);
    auto c = co_await t->dial(line);
    EXPECT_THAT(co_await t->read_until(&c, "retry:"), StartsWith("HTTP/1.1 200"));
    c.close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, AProxyHasNoShareOfItsOwn) {
  settings.limits.streams_per_address = 1;
  http::listener_options options;
  const std::string network = "127.0.0.0/8";
  options.proxies = http::address_set::parse({&network, 1}).value();
  serve(std::move(options));
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    auto a = co_await t->dial("GET /-/live?match=/packages/a.json");
    auto b = co_await t->dial("GET /-/live?match=/packages/a.json");
    EXPECT_THAT(co_await t->read_until(&a, "retry:"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(co_await t->read_until(&b, "retry:"), StartsWith("HTTP/1.1 200"));
    a.close();
    b.close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, WhomAProxyNamesHasAShare) {
  settings.limits.streams_per_address = 1;
  http::listener_options options;
  const std::string network = "127.0.0.0/8";
  options.proxies = http::address_set::parse({&network, 1}).value();
  serve(std::move(options));
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    const std::string line = "GET /-/live?match=/packages/a.json";
    const std::string behind = "X-Forwarded-For: 192.0.2.1, 192.0.2.";
    auto a = co_await t->dial(line, behind + "7\r\n");
    EXPECT_THAT(co_await t->read_until(&a, "retry:"), StartsWith("HTTP/1.1 200"));
    auto b = co_await t->dial(line, behind + "7\r\nConnection: close\r\n");
    EXPECT_THAT(co_await t->read_until(&b, ""), StartsWith("HTTP/1.1 429"));
    auto c = co_await t->dial(line, behind + "8\r\n");
    EXPECT_THAT(co_await t->read_until(&c, "retry:"), StartsWith("HTTP/1.1 200"));
    for (auto* s : {&a, &b, &c}) s->close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, MissesKeepTheirPlaceAmongPipelinedRequests) {
  serve();
  put("/packages/a.json", built("{\"hit\":1}"));
  next.shown = waited_for("{\"built\":1}", 2);
  const auto script = [](Streams* t) -> asio::awaitable<void> {
    const std::string rest = " HTTP/1.1\r\nHost: h\r\n\r\n";
    auto s = co_await t->dial("GET /packages/a.json" + rest + "GET /packages/b.json" + rest +
                                  "GET /none" + rest + "GET /packages/c.json",
                              "Connection: close\r\n");
    const auto got = co_await t->read_until(&s, "");
    const auto hit = got.find("{\"hit\":1}HTTP/1.1 200 OK"), none = got.find("HTTP/1.1 404");
    EXPECT_NE(hit, got.npos);
    EXPECT_LT(hit, none);
    EXPECT_THAT(got.substr(none), HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_TRUE(got.ends_with("{\"built\":1}"));
    s.close();
    co_await t->stop();
  };
  run(ctx, script(this));
  EXPECT_EQ(missed.size(), 2u);
}

TEST_F(Streams, ARequestThatNothingCanMatchIs400) {
  for (const auto* query : {"", "?match=/none", "?match=https://evil.example/packages/a.json",
                            "?match_regexp=/packages/", "?match_urlpattern=/packages/:x/y",
                            "?match=/packages/a.json?page=0", "?match=/search/x"}) {
    const auto got = ask("GET /.well-known/mercure" + std::string(query));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << query;
    EXPECT_THAT(got, HasSubstr("application/problem+json")) << query;
  }
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(Streams, WhileStoppingThereAreNoNewOnes) {
  draining = true;
  EXPECT_THAT(ask("GET /-/live?match=/packages/a.json"), StartsWith("HTTP/1.1 503"));
}

TEST_F(Streams, HeadTellsWhatGetWouldBe) {
  const auto got = ask("HEAD /-/live?match=/packages/a.json");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_EQ(body_of(got), "");
  EXPECT_THAT(ask("HEAD /-/live"), StartsWith("HTTP/1.1 400"));
}

TEST_F(Streams, AbsoluteUrlsOfThisOriginAndThePublicOneAreOurs) {
  start();
  api::site_directory directory(settings, pages);
  for (const auto* query : {"match=http://h/packages/a.json",
                            "match=https%3A%2F%2Fexample.org%2Ffresh%2Fpackages%2Fa.json"}) {
    const auto got = sse::parse_query(query, directory, {"h", settings.public_url, ""});
    ASSERT_TRUE(got) << query;
    EXPECT_THAT(got->watch.exact(), testing::ElementsAre("/packages/a.json"));
  }
}

TEST(SiteDirectory, KnowsWhichPatternsAPageCanMatch) {
  config::settings settings;
  for (const auto* path : {"/a/{x}_v2", "/b/c:d/{y}", "/s/{z}"}) {
    config::page_settings page;
    page.name = std::string("p") + path[1];
    page.path = path;
    settings.pages.push_back(page);
  }
  settings.pages.back().store = false;
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(settings.pages, problems);
  ASSERT_TRUE(problems.empty());
  const api::site_directory directory(settings, pages);
  const auto can = [&](std::string_view text) {
    return directory.can_match(sse::url_pattern::parse(text).value());
  };
  EXPECT_TRUE(can("*"));
  EXPECT_TRUE(can("/a/:one"));
  EXPECT_TRUE(can("/a/x*"));
  EXPECT_TRUE(can("/b/:any/y"));
  EXPECT_FALSE(can("/a/:one/more"));
  EXPECT_FALSE(can("/c/*"));
  EXPECT_FALSE(can("/s/:z"));  // never pushed
}

TEST(StreamSeats, AreGivenBackWhenTheyDie) {
  const auto table = std::make_shared<api::stream_seats>(2);
  const auto v4 = asio::ip::make_address("192.0.2.1");
  const auto mapped = asio::ip::make_address("::ffff:192.0.2.1");
  auto a = table->take(v4), b = table->take(mapped);
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(table->take(v4));
  EXPECT_TRUE(table->take(asio::ip::make_address("192.0.2.2")));
  b.reset();
  EXPECT_TRUE(table->take(v4));
}

}  // namespace
}  // namespace freshet::test
