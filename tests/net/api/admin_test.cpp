#include "net/api/admin/admin_responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <cstdlib>
#include <optional>

#include "core/async/tokens.hpp"
#include "net/http/server/listener.hpp"
#include "tests/support/run.hpp"

namespace freshet::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

/// Answers with what it was asked.
class fake_port final : public admin_port {
 public:
  readiness ready() const override { return state; }
  std::string metrics() const override { return "freshet_x 1\n"; }
  result<std::string> explain_page(std::string_view target) const override {
    if (target != "/packages/c++.json?release=f41") return fail(errc::missing, "no page");
    return std::string(R"({"page":"c++"})");
  }
  result<std::string> explain_event(std::string_view id) const override {
    return "{\"event\":\"" + std::string(id) + "\"}";
  }
  std::string pages() const override { return R"([{"name":"package"}])"; }
  std::string buses() const override { return R"([{"name":"fedmsg"}])"; }
  std::string upstreams() const override { return R"([{"name":"koji"}])"; }
  std::string locker() const override { return "[]"; }
  result<std::string> rebuild(std::string_view pattern) override {
    if (failure) return *failure;
    asked.push_back("rebuild " + std::string(pattern));
    return std::string(R"({"pages":3})");
  }
  result<std::string> purge(std::string_view pattern, bool dry_run) override {
    asked.push_back("purge " + std::string(pattern) + (dry_run ? " dry" : ""));
    return std::string(R"({"pages":1})");
  }
  result<std::string> reload() override {
    if (failure) return *failure;
    asked.emplace_back("reload");
    return std::string(R"({"reloaded":true})");
  }

  readiness state{true, true, {}, {}};
  std::optional<error> failure;
  std::vector<std::string> asked;
};

std::string taken(http::response_batch& batch) {
  std::string out;
  for (const auto& b : batch.buffers()) {
    out.append(static_cast<const char*>(b.iov_base), b.iov_len);
  }
  return out;
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

class Admin : public testing::Test {
 public:
  admin_responder& start() {
    admin_environment env{settings, port, block, time, numbers, {}};
    env.audit = [this](std::string_view line) { audit.emplace_back(line); };
    return made.emplace(std::move(env));
  }

  std::string ask(std::string_view line, std::string_view fields = "", std::string_view body = "",
                  std::string_view host = "localhost:8081") {
    if (!made) start();
    auto bytes = std::string(line) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
                 std::string(fields);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    bytes += "\r\n";
    const auto judged = http::gate({}, http::gate::mode::admin).judge(bytes);
    const auto* accepted = std::get_if<http::request_head>(&judged);
    EXPECT_NE(accepted, nullptr) << bytes;
    if (!accepted) return {};
    auto head = *accepted;
    head.body = body;
    made->begin_turn();
    http::response_batch out;
    EXPECT_EQ(made->answer(head, from, out), http::responder::outcome::done);
    EXPECT_EQ(out.answers(), 1u);
    return taken(out);
  }
  std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
    return ask("POST " + std::string(path),
               "Content-Type: application/json\r\n" + std::string(fields), body);
  }
  void require_token(const char* token) {
    ::setenv("FRESHET_TEST_ADMIN_TOKEN", token, 1);
    settings.admin_token.source = "${env:FRESHET_TEST_ADMIN_TOKEN}";
  }

  config::settings settings;
  fake_port port;
  http::date_block block{"1"};
  manual_clock time;
  metrics numbers;
  http::peer from{asio::ip::make_address("192.0.2.1"), false};
  std::vector<std::string> audit;
  std::optional<admin_responder> made;
};

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

TEST_F(Admin, TheHostMustBeOurs) {
  settings.public_url = "https://Example.org:8443/fresh";
  settings.admin.host = "10.0.0.5";
  const auto json = "Content-Type: application/json\r\n";
  for (const auto* host : {"localhost", "LOCALHOST:1", "127.0.0.1:8081", "127.8.9.1", "[::1]:8081",
                           "example.org", "10.0.0.5:8081"}) {
    EXPECT_THAT(ask("POST /-/reload", json, "", host), StartsWith("HTTP/1.1 200")) << host;
    EXPECT_THAT(ask("GET /metrics", "", "", host), StartsWith("HTTP/1.1 200")) << host;
  }
  for (const auto* host : {"evil.example", "localhost.evil.example", "10.0.0.6", "[2001:db8::1]",
                           "example.org.evil"}) {
    EXPECT_THAT(ask("POST /-/reload", json, "", host),
                StartsWith("HTTP/1.1 421 Misdirected Request\r\n"))
        << host;
    EXPECT_THAT(ask("GET /-/locker", "", "", host), StartsWith("HTTP/1.1 421")) << host;
    EXPECT_THAT(ask("GET /-/healthy", "", "", host), StartsWith("HTTP/1.1 200")) << host;
    EXPECT_THAT(ask("GET /-/ready", "", "", host), StartsWith("HTTP/1.1 200")) << host;
  }
  EXPECT_EQ(port.asked.size(), 7u);
  EXPECT_THAT(numbers.scrape(), HasSubstr("freshet_admin_refused_total{why=\"host\"} 10"));
}

TEST_F(Admin, ListeningEverywhereEveryAddressIsOurs) {
  settings.admin.host = "0.0.0.0";
  const auto json = "Content-Type: application/json\r\n";
  EXPECT_THAT(ask("POST /-/reload", json, "", "10.0.0.6:8081"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("POST /-/reload", json, "", "evil.example"), StartsWith("HTTP/1.1 421"));
}

TEST_F(Admin, PagesOfOtherOriginsMayDoNothing) {
  for (const auto* origin : {"https://evil.example", "null"}) {
    const auto field = "Origin: " + std::string(origin) + "\r\n";
    EXPECT_THAT(post("/-/reload", "{}", field), StartsWith("HTTP/1.1 403")) << origin;
    EXPECT_THAT(ask("GET /-/pages", field), StartsWith("HTTP/1.1 403")) << origin;
  }
  EXPECT_TRUE(port.asked.empty());
}

TEST_F(Admin, ATokenIsAskedForWhenConfigured) {
  require_token("s3cret");
  for (const auto* line : {"GET /", "GET /metrics", "GET /-/locker", "GET /-/none"}) {
    const auto got = ask(line);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 401 Unauthorized\r\n")) << line;
    EXPECT_THAT(got, HasSubstr("WWW-Authenticate: Bearer")) << line;
    EXPECT_THAT(ask(line, "Authorization: bearer s3cret\r\n"), Not(StartsWith("HTTP/1.1 401")));
  }
  for (const auto* wrong :
       {"Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret", "Bearer "}) {
    EXPECT_THAT(post("/-/reload", "{}", "Authorization: " + std::string(wrong) + "\r\n"),
                StartsWith("HTTP/1.1 401"))
        << wrong;
  }
  EXPECT_TRUE(port.asked.empty());
  EXPECT_THAT(post("/-/reload", "{}", "Authorization: Bearer s3cret\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /-/healthy"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /-/ready"), StartsWith("HTTP/1.1 200"));
  // Who has the token may read under any name, but not change.
  const auto token = "Content-Type: application/json\r\nAuthorization: Bearer s3cret\r\n";
  EXPECT_THAT(ask("GET /metrics", token, "", "fresh.example"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("POST /-/reload", token, "", "fresh.example"), StartsWith("HTTP/1.1 421"));
}

TEST_F(Admin, ATokenThatCannotBeReadLetsNobodyIn) {
  require_token("");
  EXPECT_THAT(ask("GET /metrics", "Authorization: Bearer \r\n"), StartsWith("HTTP/1.1 503"));
  settings.admin_token.source = "${env:FRESHET_TEST_NO_SUCH_VARIABLE}";
  EXPECT_THAT(ask("GET /metrics", "Authorization: Bearer x\r\n"), StartsWith("HTTP/1.1 503"));
}

TEST_F(Admin, TenWrongTokensShutAnAddressOut) {
  require_token("s3cret");
  const auto wrong = "Authorization: Bearer no\r\n", right = "Authorization: Bearer s3cret\r\n";
  ask("GET /metrics");  // none at all is not a guess
  for (int i = 0; i < 10; ++i) EXPECT_THAT(ask("GET /metrics", wrong), StartsWith("HTTP/1.1 401"));
  time.advance(15s);
  const auto got = ask("GET /metrics", right);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(got, HasSubstr("Retry-After: 45\r\n"));
  from.address = asio::ip::make_address("192.0.2.2");
  EXPECT_THAT(ask("GET /metrics", right), StartsWith("HTTP/1.1 200"));
  from.address = asio::ip::make_address("192.0.2.1");
  time.advance(45s);
  EXPECT_THAT(ask("GET /metrics", right), StartsWith("HTTP/1.1 200"));
}

TEST_F(Admin, BehindAProxyItsVisitorIsShutOut) {
  require_token("s3cret");
  from.proxy = true;
  const std::string wrong = "Authorization: Bearer no\r\n";
  for (int i = 0; i < 11; ++i) {
    ask("GET /metrics", wrong + "X-Forwarded-For: 198.51.100.9, 203.0.113.7\r\n");
  }
  EXPECT_THAT(ask("GET /metrics", wrong + "X-Forwarded-For: 203.0.113.7\r\n"),
              StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(ask("GET /metrics", wrong + "X-Forwarded-For: 203.0.113.8\r\n"),
              StartsWith("HTTP/1.1 401"));
}

TEST(Attempts, RememberABoundedNumberOfAddresses) {
  attempts a;
  manual_clock time;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    a.failed(asio::ip::address_v4(0x0a000000u + i), time.now());
    time.advance(1ms);
  }
  EXPECT_EQ(a.size(), attempts::addresses_max);
  const asio::ip::address last = asio::ip::address_v4(0x0a000000u + 2999);
  for (std::uint32_t i = 1; i < attempts::most; ++i) a.failed(last, time.now());
  EXPECT_TRUE(a.shut_out(last, time.now()));
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
  test::run(ctx, script(talk, &ctx, server.get(), &watch, &shell, &got));
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("{\"pages\":3}HTTP/1.1 413 Content Too Large\r\n"));
  EXPECT_THAT(port.asked, ElementsAre("rebuild /a"));
}

}  // namespace
}  // namespace freshet::api
