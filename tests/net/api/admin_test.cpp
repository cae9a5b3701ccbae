#include "net/api/admin/admin_responder.hpp"

#include <boost/asio/write.hpp>

#include "net/http/server/listener.hpp"
#include "tests/net/api/admin_fixture.hpp"
#include "tests/support/run.hpp"

namespace freshet::test {
namespace {

using namespace std::chrono_literals;

TEST_F(Admin, EveryPathCanBeRead) {
  struct row {
    const char *path, *type, *body;
  };
  for (const auto& [path, type, body] :
       {row{"/metrics", "text/plain; version=0.0.4; charset=utf-8", "freshet_x 1\n"},
        row{"/-/healthy", "text/plain; charset=utf-8", "alive\n"},
        row{"/-/ready", "application/json", R"({"ready":true,"missing":[],"degraded":[]})"},
        row{"/-/pages", "application/json", R"([{"name":"package"}])"},
        row{"/-/buses", "application/json", R"([{"name":"fedmsg"}])"},
        row{"/-/upstreams", "application/json", R"([{"name":"koji"}])"},
        row{"/-/locker", "application/json", "[]"},
        row{"/-/explain?event=2025-a%2Fb", "application/json", R"({"event":"2025-a/b"})"},
        row{"/-/explain?page=/packages/c++.json?release=f41", "application/json",
            R"({"page":"c++"})"}}) {
    const auto got = ask("GET " + std::string(path));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n")) << path;
    EXPECT_THAT(got, HasSubstr("Content-Type: " + std::string(type) + "\r\n")) << path;
    EXPECT_THAT(got, HasSubstr("X-Content-Type-Options: nosniff\r\n")) << path;
    EXPECT_EQ(body_of(got), body) << path;
    EXPECT_EQ(body_of(ask("HEAD " + std::string(path))), "") << path;
  }
}

TEST_F(Admin, TheIndexNamesThemAll) {
  const auto got = ask("GET /");
  EXPECT_THAT(got, HasSubstr("Content-Security-Policy: default-src 'none'"));
  for (const auto* path :
       {"/metrics", "/-/healthy", "/-/ready", "/-/explain", "/-/pages", "/-/buses", "/-/upstreams",
        "/-/locker", "/-/rebuild", "/-/purge", "/-/reload"}) {
    EXPECT_THAT(body_of(got), HasSubstr(path));
  }
}

TEST_F(Admin, ReadySaysWhatIsMissing) {
  port.state = {false, false, {"first pass"}, {"bus fedmsg: silent"}};
  EXPECT_THAT(ask("GET /-/ready"), StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(body_of(ask("GET /-/ready")),
            R"({"ready":false,"missing":["first pass"],"degraded":["bus fedmsg: silent"]})");
  port.state.ready = true;
  EXPECT_THAT(ask("GET /-/ready"), StartsWith("HTTP/1.1 200"));
  for (const auto* strict : {"?strict", "?strict=1", "?x=1&strict"}) {
    const auto got = ask("GET /-/ready" + std::string(strict));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 503")) << strict;
    EXPECT_THAT(got, HasSubstr("{\"ready\":false")) << strict;
  }
  port.state.strict = true;
  EXPECT_THAT(ask("GET /-/ready?strict"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Admin, ExplainWantsOnePageOrOneEvent) {
  for (const auto* query : {"", "?", "?page=/a&event=b", "?page=/a&page=/b", "?page=%zz"}) {
    EXPECT_THAT(ask("GET /-/explain" + std::string(query)), StartsWith("HTTP/1.1 400")) << query;
  }
  const auto got = ask("GET /-/explain?page=/none");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(got, HasSubstr("application/problem+json"));
  EXPECT_THAT(got, HasSubstr("\"detail\":\"no page\""));
}

TEST_F(Admin, UnknownPathsAndMethodsAreProblems) {
  const auto none = ask("GET /-/none");
  EXPECT_THAT(none, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(none, HasSubstr("application/problem+json"));
  EXPECT_THAT(ask("GET /_console/"), HasSubstr("the console is not built in yet"));
  const auto get = ask("GET /-/purge");
  EXPECT_THAT(get, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(get, HasSubstr("Allow: OPTIONS, POST\r\n"));
  const auto posted = post("/-/pages", "{}");
  EXPECT_THAT(posted, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(posted, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  const auto options = ask("OPTIONS /-/reload",
                           "Origin: https://evil.example\r\n"
                           "Access-Control-Request-Method: POST\r\n");
  EXPECT_THAT(options, StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(options, Not(HasSubstr("Access-Control")));  // so a browser's page cannot POST JSON
}

TEST_F(Admin, TheLockerIsReadAndActedOn) {
  EXPECT_EQ(body_of(ask("GET /-/locker?number=7")), R"({"number":7})");
  EXPECT_THAT(ask("GET /-/locker?number=8"), StartsWith("HTTP/1.1 404"));
  for (const auto* bad : {"", "x", "7x", "-1", "99999999999999999999999"})
    EXPECT_THAT(ask("GET /-/locker?number=" + std::string(bad)), StartsWith("HTTP/1.1 400")) << bad;
  EXPECT_EQ(body_of(post("/-/locker", R"({"replay":"all"})")), R"({"replayed":1})");
  EXPECT_EQ(body_of(post("/-/locker", R"({"replay":12})")), R"({"replayed":1})");
  EXPECT_EQ(body_of(post("/-/locker", R"({"drop":12})")), R"({"dropped":1})");
  for (const auto* bad : {"", "{}", R"({"replay":"some"})", R"({"replay":-1})",
                          R"({"replay":true})", R"({"replay":1,"drop":2})", R"({"pattern":"/a"})"})
    EXPECT_THAT(post("/-/locker", bad), StartsWith("HTTP/1.1 400")) << bad;
  EXPECT_THAT(post("/-/rebuild", R"({"replay":"all"})"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(port.asked, ElementsAre("replay all", "replay 12", "drop 12"));
  EXPECT_EQ(audit.front(), "admin: locker replay all by 192.0.2.1: 200");
  EXPECT_THAT(ask("OPTIONS /-/locker"), HasSubstr("Allow: GET, HEAD, OPTIONS, POST\r\n"));
}

TEST_F(Admin, ActsAreDoneAndWrittenDown) {
  EXPECT_EQ(body_of(post("/-/rebuild", R"({"pattern":"/packages/:x"})")), R"({"pages":3})");
  EXPECT_THAT(post("/-/purge", R"({"pattern":"/a\nb","dry_run":true})"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post("/-/purge", R"({"pattern":"/a"})"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post("/-/reload", ""), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post("/-/reload", "{}", "Origin: http://127.0.0.1:8081\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(port.asked, ElementsAre("rebuild /packages/:x", "purge /a\nb dry", "purge /a",
                                      "reload", "reload"));
  EXPECT_THAT(
      audit, ElementsAre("admin: rebuild \"/packages/:x\" by 192.0.2.1: 200",
                         "admin: purge \"/a\\nb\" (dry run) by 192.0.2.1: 200",
                         "admin: purge \"/a\" by 192.0.2.1: 200", "admin: reload by 192.0.2.1: 200",
                         "admin: reload by 192.0.2.1: 200"));
  EXPECT_THAT(numbers.scrape(),
              HasSubstr("freshet_admin_acts_total{act=\"purge\",code=\"200\"} 2"));
}

TEST_F(Admin, AnActThatFailsSaysWhy) {
  const auto status_of = [&](errc code) {
    port.failure = fail(code, "line 3: no such key");
    const auto got = post("/-/rebuild", R"({"pattern":"/a"})");
    EXPECT_THAT(got, HasSubstr("\"detail\":\"line 3: no such key\""));
    return got.substr(9, 3);
  };
  EXPECT_EQ(status_of(errc::missing), "404");
  EXPECT_EQ(status_of(errc::malformed), "400");
  EXPECT_EQ(status_of(errc::not_built_in), "501");
  EXPECT_EQ(status_of(errc::closed), "503");
  EXPECT_EQ(status_of(errc::timed_out), "500");
  EXPECT_EQ(audit.back(), "admin: rebuild \"/a\" by 192.0.2.1: 500");
  port.failure = error(make_error_code(boost::system::errc::io_error), "");
  EXPECT_THAT(post("/-/reload", "{}"), StartsWith("HTTP/1.1 500"));
}

TEST_F(Admin, OnlyJsonIsTaken) {
  for (const auto* type :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonp\r\n"}) {
    const auto got = ask("POST /-/purge", type, R"({"pattern":"/a"})");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 415 Unsupported Media Type\r\n")) << type;
  }
  EXPECT_THAT(ask("POST /-/reload"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(ask("POST /-/purge", "Content-Type: Application/JSON ; charset=utf-8\r\n",
                  R"({"pattern":"/a"})"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(port.asked, ElementsAre("purge /a"));
}

TEST_F(Admin, AWrongBodyChangesNothing) {
  const auto long_one = "{\"pattern\":\"" + std::string(9000, 'a') + "\"}";
  const auto huge = "{\"pattern\":\"" + std::string(100'000, 'a') + "\"}";
  for (const std::string body :
       {"", "{", "[]", "{}", R"({"pattern":""})", R"({"pattern":7})", R"({"pattern":"/a"} x)",
        R"({"pattern":"/a","dryrun":true})", R"({"pattern":"/a","dry_run":"yes"})",
        R"({"pattern":"/a","pattern":"/b"})", long_one.c_str(), huge.c_str()}) {
    const auto got = post("/-/purge", body);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 400")) << body.substr(0, 50);
    EXPECT_THAT(got, HasSubstr("application/problem+json"));
  }
  EXPECT_THAT(post("/-/rebuild", R"({"pattern":"/a","dry_run":true})"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("/-/reload", R"({"pattern":"/a"})"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(port.asked, ElementsAre());
}

TEST_F(Admin, ABodyBeyondTheLimitIsRefusedOnTheWire) {
  start();
  asio::io_context ctx{1};
  const auto report = [](std::string_view, std::exception_ptr) { ADD_FAILURE(); };
  real_clock steady;
  http::counters counts;
  http::reaper watch{ctx, steady, 5ms};
  const http::session_environment env{
      http::gate({}, http::gate::mode::admin), {}, *made, block, counts, watch, {}};
  http::listener_options options;
  options.at = {asio::ip::make_address("127.0.0.1"), 0};
  auto server = http::listener::open(ctx, options, env, report).value();
  task_scope shell{ctx.get_executor(), report};
  shell.spawn("listener", server->run());
  shell.spawn("reaper", watch.run());
  const auto talk = [](asio::io_context* loop, http::listener* to, std::string bytes,
                       std::string* got) -> asio::awaitable<void> {
    http::tcp_socket s(loop->get_executor());
    s.connect(to->local());
    co_await asio::async_write(s, asio::buffer(bytes), use_result);
    std::string chunk(4096, '\0');
    for (;;) {
      auto [ec, n] = co_await s.async_read_some(asio::buffer(chunk), use_result);
      if (ec) break;
      got->append(chunk, 0, n);
    }
  };
  const auto script = [](auto speak, asio::io_context* loop, http::listener* to,
                         http::reaper* reaper, task_scope* scope,
                         std::string* got) -> asio::awaitable<void> {
    const std::string head =
        "POST /-/rebuild HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: ";
    co_await speak(loop, to, head + "16\r\n\r\n{\"pattern\":\"/a\"}", got);
    co_await speak(loop, to, head + "99999999\r\n\r\n{", got);
    co_await to->stop(1s);
    reaper->stop();
    co_await scope->close();
  };
  std::string got;
  run(ctx, script(talk, &ctx, server.get(), &watch, &shell, &got));
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("{\"pages\":3}HTTP/1.1 413 Content Too Large\r\n"));
  EXPECT_THAT(port.asked, ElementsAre("rebuild /a"));
}

}  // namespace
}  // namespace freshet::test
