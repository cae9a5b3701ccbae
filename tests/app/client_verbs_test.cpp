#include <csignal>

#include "tests/app/cli.hpp"
#include "tests/app/http_peer.hpp"
#include "tests/app/temporary_file.hpp"

namespace freshet::app {
namespace {

using test::answer;
using test::peer_reply;
using test::peer_request;

/// Says the same to everybody.
test::http_peer::script always(peer_reply reply) {
  return [reply = std::move(reply)](const peer_request&, std::size_t) { return reply; };
}

/// An admin listener with these documents; 404 for others.
test::http_peer::script admin_with(std::map<std::string, std::string> documents) {
  return [documents = std::move(documents)](const peer_request& request, std::size_t) {
    const auto target = request.line.substr(4, request.line.rfind(' ') - 4);
    const auto found = documents.find(target);
    return found == documents.end() ? answer(404, R"({"detail":"no such page"})")
                                    : answer(200, found->second);
  };
}

TEST(Usage, EveryVerbHasHelpAndRefusesWhatItDoesNotKnow) {
  for (const char* name : {"replay", "get", "watch", "tail", "status", "explain", "coverage",
                           "rebuild", "purge", "health", "init"}) {
    const auto help = test::freshet({name, "--help"});
    EXPECT_EQ(help.code, exit_ok) << name;
    EXPECT_NE(help.out.find(name), std::string::npos) << help.out;
    EXPECT_EQ(test::freshet({name, "--no-such-option"}).code, exit_usage) << name;
  }
}

TEST(Usage, ArgumentsAreChecked) {
  const auto code = [](std::vector<std::string> args) {
    return test::freshet(std::move(args)).code;
  };
  EXPECT_EQ(code({"get"}), exit_usage);
  EXPECT_EQ(code({"get", "page"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--timeout", "soon"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--timeout", "0"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--server", "ftp://127.0.0.1"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--server", "http://user@127.0.0.1"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--server", "http://127.0.0.1:0"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--server", "http://127.0.0.1:65537"}), exit_usage);
  EXPECT_EQ(code({"get", "/x", "--server", "https://127.0.0.1:1", "--ca", "/nowhere"}), exit_usage);
  EXPECT_EQ(code({"watch"}), exit_usage);
  EXPECT_EQ(code({"explain"}), exit_usage);
  EXPECT_EQ(code({"explain", "/x", "--event", "e"}), exit_usage);
  EXPECT_EQ(code({"rebuild"}), exit_usage);
  EXPECT_EQ(code({"rebuild", "x*"}), exit_usage);
  EXPECT_EQ(code({"coverage", "--allow", "-1"}), exit_usage);
  EXPECT_EQ(code({"health", "--token", "${file:/nowhere/token}"}), exit_usage);
}

TEST(Get, PrintsTheBodyAndOnRequestTheHead) {
  test::http_peer server(always(answer(200, "{\"a\":1}", "application/json", "ETag: \"x\"\r\n")));
  const auto plain = test::freshet({"get", "/a b?q=1", "--server", server.url() + "/base/"});
  EXPECT_EQ(plain.code, exit_ok);
  EXPECT_EQ(plain.out, "{\"a\":1}");
  EXPECT_EQ(plain.err, "");
  EXPECT_EQ(server.requests()[0].line, "GET /base/a%20b?q=1 HTTP/1.1");
  const auto with_head = test::freshet({"get", "-i", "/x", "--server", server.url()});
  EXPECT_EQ(with_head.out, "{\"a\":1}");
  EXPECT_NE(with_head.err.find("HTTP/1.1 200\n"), std::string::npos);
  EXPECT_NE(with_head.err.find("ETag: \"x\"\n"), std::string::npos);
}

TEST(Get, AnyOtherAnswerIsAFailureWithItsBody) {
  test::http_peer server(always(answer(404, R"({"detail":"nearest: /y"})")));
  const auto seen = test::freshet({"get", "/x", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_failed);
  EXPECT_EQ(seen.out, R"({"detail":"nearest: /y"})");
  EXPECT_EQ(seen.err, "freshet: 404 Not Found: nearest: /y\n");
}

TEST(Get, NoAnswerIsUnavailable) {
  const auto refused = test::freshet({"get", "/x", "--server", "/nowhere/socket"});
  EXPECT_EQ(refused.code, exit_unavailable);
  EXPECT_EQ(refused.out, "");
  test::http_peer silent([](const peer_request&, std::size_t) { return peer_reply{"", true}; });
  const auto late = test::freshet({"get", "/x", "--timeout", "20ms", "--server", silent.url()});
  EXPECT_EQ(late.code, exit_unavailable);
  EXPECT_NE(late.err.find("timed out"), std::string::npos);
  test::http_peer broken(always({"no http\r\n\r\n"}));
  EXPECT_EQ(test::freshet({"get", "/x", "--server", broken.url()}).code, exit_unavailable);
}

TEST(Get, ASignalEndsItAtOnce) {
  test::http_peer server([](const peer_request&, std::size_t) {
    ::kill(::getpid(), SIGTERM);
    return peer_reply{"", true};
  });
  const auto seen = test::freshet({"get", "/x", "--server", server.url()});
  EXPECT_EQ(seen.code, exit_failed);
  EXPECT_EQ(seen.err, "freshet: interrupted (closed)\n");
}

TEST(Get, WorksOverASocketInTheFileSystem) {
  const auto path = fmt::format("/tmp/freshet_client_test_{}", ::getpid());
  {
    test::http_peer server(always(answer(200, "[]")), path);
    const auto seen = test::freshet({"get", "/x", "--server", path});
    EXPECT_EQ(seen.code, exit_ok) << seen.err;
    EXPECT_EQ(seen.out, "[]");
    EXPECT_EQ(server.requests()[0].field("Host"), "localhost");
  }
  ::unlink(path.c_str());
}

TEST(Health, IsAnExitCode) {
  test::http_peer ready(
      always(answer(200, R"({"ready":true,"missing":[],"degraded":["pages: 2 parked"]})")));
  const auto good = test::freshet({"health", "--admin", ready.url()});
  EXPECT_EQ(good.code, exit_ok);
  EXPECT_EQ(good.out, "ready\ndegraded: pages: 2 parked\n");
  EXPECT_EQ(ready.requests()[0].line, "GET /-/ready HTTP/1.1");

  test::http_peer starting(
      always(answer(503, R"({"ready":false,"missing":["warm"],"degraded":[]})")));
  const auto early = test::freshet({"health", "--strict", "--admin", starting.url()});
  EXPECT_EQ(early.code, exit_failed);
  EXPECT_EQ(early.out, "not ready\nmissing: warm\n");
  EXPECT_EQ(starting.requests()[0].line, "GET /-/ready?strict HTTP/1.1");

  test::http_peer other(always(answer(200, "hello", "text/plain")));
  EXPECT_EQ(test::freshet({"health", "--admin", other.url()}).code, exit_failed);
  EXPECT_EQ(test::freshet({"health", "--admin", "/nowhere/socket"}).code, exit_unavailable);
}

TEST(Status, ShowsEverythingAsTablesOrAsOneObject) {
  test::http_peer admin(admin_with({{"/-/ready", R"({"ready":true,"missing":[],"degraded":[]})"},
                                    {"/-/buses", R"([{"name":"fedmsg","messages":12}])"},
                                    {"/-/upstreams", "[]"},
                                    {"/-/pages", R"([{"name":"builds","known":3}])"}}));
  const auto seen = test::freshet({"status", "--admin", admin.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out,
            "ready:    true\nmissing:  -\ndegraded: -\n\n"
            "buses\n  name    messages\n  fedmsg        12\n\n"
            "upstreams\n  none\n\n"
            "pages\n  name    known\n  builds      3\n");
  const auto json = test::freshet({"status", "--json", "--admin", admin.url()});
  EXPECT_EQ(json.code, exit_ok);
  EXPECT_EQ(json.out, R"({"ready":{"ready":true,"missing":[],"degraded":[]},)"
                      R"("buses":[{"name":"fedmsg","messages":12}],"upstreams":[],)"
                      R"("pages":[{"name":"builds","known":3}]})"
                      "\n");
}

TEST(Status, ATokenGoesAlongAndARefusalIsAFailure) {
  const test::temporary_file token("secret\n");
  test::http_peer admin([](const peer_request& request, std::size_t) {
    return request.field("Authorization") == "Bearer secret"
               ? answer(200, request.line.find("ready") != std::string::npos ? "{}" : "[]")
               : answer(401, R"({"detail":"a token is needed"})");
  });
  EXPECT_EQ(test::freshet({"status", "--admin", admin.url()}).code, exit_failed);
  EXPECT_EQ(test::freshet({"status", "--token", "secret", "--admin", admin.url()}).code, exit_ok);
  EXPECT_EQ(
      test::freshet({"status", "--token", "${file:" + token.path + "}", "--admin", admin.url()})
          .code,
      exit_ok);
}

TEST(Explain, IsReadableOrRaw) {
  const std::string document =
      R"({"page":"/x y","state":"stale","next":{"why":"event","at":null}})";
  test::http_peer admin(admin_with({{"/-/explain?page=%2Fx%2520y", document},
                                    {"/-/explain?event=2026-a%26b", R"({"id":"2026-a&b"})"}}));
  const auto seen = test::freshet({"explain", "/x y", "--admin", admin.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "page:  /x y\nstate: stale\nnext:\n  why: event\n  at:  -\n");
  EXPECT_EQ(test::freshet({"explain", "/x y", "--json", "--admin", admin.url()}).out,
            document + "\n");
  EXPECT_EQ(test::freshet({"explain", "--event", "2026-a&b", "--admin", admin.url()}).out,
            "id: 2026-a&b\n");
  const auto unknown = test::freshet({"explain", "/z", "--admin", admin.url()});
  EXPECT_EQ(unknown.code, exit_failed);
  EXPECT_EQ(unknown.err, "freshet: 404 Not Found: no such page\n");
}

TEST(Coverage, FailsWhenMoreIsWrongThanAllowed) {
  test::http_peer admin(
      admin_with({{"/-/pages", R"([{"name":"a","known":5,"missing":1,"unverified":0,"parked":1},
                        {"name":"b","known":2,"missing":0,"unverified":1,"parked":0}])"}}));
  const auto seen = test::freshet({"coverage", "--admin", admin.url()});
  EXPECT_EQ(seen.code, exit_failed);
  EXPECT_NE(seen.out.find("7 known, 1 missing, 1 unverified, 1 parked\n"), std::string::npos);
  EXPECT_NE(seen.out.find("name  known  missing  unverified  parked\n"), std::string::npos);
  EXPECT_EQ(test::freshet({"coverage", "--allow", "2", "--admin", admin.url()}).code, exit_failed);
  EXPECT_EQ(test::freshet({"coverage", "--allow", "3", "--admin", admin.url()}).code, exit_ok);
}

TEST(Coverage, ACountThatIsNotThereIsNotZero) {
  test::http_peer admin(admin_with({{"/-/pages", R"([{"name":"a","known":5}])"}}));
  EXPECT_EQ(test::freshet({"coverage", "--admin", admin.url()}).code, exit_failed);
  test::http_peer none(admin_with({{"/-/pages", "[]"}}));
  EXPECT_EQ(test::freshet({"coverage", "--admin", none.url()}).code, exit_ok);
}

TEST(Rebuild, PostsThePattern) {
  test::http_peer admin(always(answer(200, R"({"pages":3,"paths":["/a","/b"]})")));
  const auto seen = test::freshet({"rebuild", "/p/:x/*", "--admin", admin.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "3 pages\n  /a\n  /b\n  and 1 more\n");
  const auto asked = admin.requests();
  EXPECT_EQ(asked[0].line, "POST /-/rebuild HTTP/1.1");
  EXPECT_EQ(asked[0].field("Content-Type"), "application/json");
  EXPECT_EQ(asked[0].body, R"({"pattern":"/p/:x/*"})");
}

TEST(Purge, CanBeTried) {
  test::http_peer admin(always(answer(200, R"({"pages":1,"dry_run":true})")));
  const auto seen = test::freshet({"purge", "*", "--dry-run", "--admin", admin.url()});
  EXPECT_EQ(seen.code, exit_ok) << seen.err;
  EXPECT_EQ(seen.out, "1 page (dry run)\n");
  EXPECT_EQ(admin.requests()[0].line, "POST /-/purge HTTP/1.1");
  EXPECT_EQ(admin.requests()[0].body, R"({"pattern":"*","dry_run":true})");
  EXPECT_EQ(test::freshet({"purge", "/x", "--json", "--admin", admin.url()}).out,
            "{\"pages\":1,\"dry_run\":true}\n");
  EXPECT_EQ(admin.requests()[1].body, R"({"pattern":"/x"})");
}

TEST(Purge, ARefusalIsAFailure) {
  test::http_peer admin(always(answer(400, R"({"detail":"no such pattern"})")));
  EXPECT_EQ(test::freshet({"purge", "/x", "--admin", admin.url()}).code, exit_failed);
  EXPECT_EQ(test::freshet({"purge", "/x", "--admin", "/nowhere/socket"}).code, exit_unavailable);
}

}  // namespace
}  // namespace freshet::app
