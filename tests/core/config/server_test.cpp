#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using test::good;
using test::only_problem;
using testing::HasSubstr;

TEST(ServerConfig, NothingIsTheDefaults) { EXPECT_EQ(show(good("")), show(settings{})); }

TEST(ServerConfig, EveryKeyArrives) {
  const auto s = good(R"(
listen = ["0.0.0.0:80", "[::1]:81", "/run/f.sock"]
admin = "/run/admin.sock"
memory = "2GiB"
loops = 3
public_url = "https://example.org/fresh/"
proxies = "10.0.0.0/8"
cors = ["https://app.example.org"]
wait = "2s"
drain_timeout = 0
stream_age = "1h"
log = { level = "debug", format = "json", access = true }
limits = { connections = 5, target = 100, head_timeout = "1s" }
)");
  ASSERT_EQ(s.listen.size(), 3u);
  EXPECT_EQ(s.listen[1].host, "::1");
  EXPECT_EQ(s.listen[1].port, 81);
  EXPECT_EQ(s.listen[2].path, "/run/f.sock");
  EXPECT_EQ(s.listen[0].where.line, 2u);
  EXPECT_EQ(s.admin.path, "/run/admin.sock");
  EXPECT_EQ(s.memory, 2u << 30);
  EXPECT_EQ(s.loops, 3u);
  EXPECT_EQ(s.public_url, "https://example.org/fresh");
  EXPECT_EQ(s.proxies, std::vector<std::string>{"10.0.0.0/8"});
  EXPECT_EQ(s.cors.origins, std::vector<std::string>{"https://app.example.org"});
  EXPECT_EQ(s.wait, 2s);
  EXPECT_EQ(s.drain_timeout, 0ns);
  EXPECT_EQ(s.stream_age, 1h);
  EXPECT_EQ(s.log.level, "debug");
  EXPECT_TRUE(s.log.access);
  EXPECT_EQ(s.limits.connections, 5u);
  EXPECT_EQ(s.limits.target, 100u);
  EXPECT_EQ(s.limits.fields, 64u);
}

TEST(ServerConfig, OneValueStandsForAListOfOne) {
  EXPECT_EQ(good("listen = '[::]:0'").listen.size(), 1u);
}

TEST(ServerConfig, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(only_problem("\nmemmory = '1GiB'"),
            "2:1: memmory: unknown key | did you mean `memory`?");
  EXPECT_EQ(only_problem("[limits]\nstream = 1"),
            "2:1: limits.stream: unknown key | did you mean `streams`?");
}

TEST(ServerConfig, WrongTypesSayWhatWasExpectedAndFound) {
  EXPECT_EQ(only_problem("wait = 5"),
            "1:8: wait: expected a duration such as \"200ms\", \"5s\", \"1h\" or \"3d\", found the "
            "number 5");
  EXPECT_EQ(
      only_problem("log = { level = 'inof' }"),
      "1:17: log.level: expected \"debug\", \"info\", \"warn\" or \"error\", found \"inof\" | "
      "did you mean `info`?");
  EXPECT_THAT(only_problem("memory = '512M'"), HasSubstr("a size such as"));
  EXPECT_THAT(only_problem("limits = 5"), HasSubstr("expected a table, found the number 5"));
  EXPECT_THAT(only_problem("loops = 0"), HasSubstr("from 1"));
  EXPECT_THAT(only_problem("listen = ['127.0.0.1:1', ':80']"), HasSubstr("1:26: listen[1]: "));
  EXPECT_THAT(only_problem("proxies = '10.0.0.0/33'"), HasSubstr("found \"10.0.0.0/33\""));
}

TEST(ServerConfig, ListenersAndLoopsThatCannotBeMeant) {
  EXPECT_EQ(only_problem("listen = ['127.0.0.1:80', '[::1]:80', '127.0.0.1:80']"),
            "1:39: listen: this address stands twice");
  EXPECT_EQ(only_problem("listen = ['/a.sock', '/a.sock']"),
            "1:22: listen: this address stands twice");
  EXPECT_EQ(good("listen = ['127.0.0.1:0', '127.0.0.1:0']").listen.size(), 2u);
  EXPECT_EQ(only_problem("memory = 512"),
            "1:10: memory: expected at least \"1MiB\" | a number alone counts bytes");
  EXPECT_EQ(only_problem("loops = 1000"), "1:9: loops: expected at most 256");
}

TEST(ServerConfig, APublicUrlEndsWithoutASlash) {
  EXPECT_EQ(good("public_url = 'https://a.example/fresh/'").public_url, "https://a.example/fresh");
}

TEST(ServerConfig, AnAdminListenerOffLoopbackNeedsAToken) {
  EXPECT_THAT(only_problem("admin = '0.0.0.0:8081'"), HasSubstr("needs `admin_token`"));
  EXPECT_EQ(good("admin = '0.0.0.0:8081'\nadmin_token = '${env:T}'").admin_token.source,
            "${env:T}");
}

TEST(ServerConfig, SyntaxErrorsHaveAPlaceAndHideWhatFollowsFromThem) {
  const auto got = parse("memory = \n[page.x]", "f.toml");
  ASSERT_EQ(got.problems.size(), 1u) << test::all_problems(got);
  EXPECT_EQ(got.problems[0].where.line, 1u);
  EXPECT_THAT(got.problems[0].message, HasSubstr("not TOML"));
}

TEST(ServerConfig, NestingIsBoundedBeforeTheLibrarySeesIt) {
  EXPECT_THAT(only_problem("a = " + std::string(100'000, '[')), HasSubstr("nested too deeply"));
  std::string key = "a";
  for (int i = 0; i < 100'000; ++i) key += ".a";
  EXPECT_THAT(only_problem(key + " = 1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(only_problem("x = 'a.b.c' # " + key), HasSubstr("unknown key"));
}

}  // namespace
}  // namespace freshet::config
