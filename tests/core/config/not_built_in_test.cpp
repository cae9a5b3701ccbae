#include <gmock/gmock.h>

#include <filesystem>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

/// Keys of the problems, each of which must be "known, not built in".
std::vector<std::string> reserved_keys(const loaded& got) {
  std::vector<std::string> keys;
  for (const auto& p : got.problems) {
    EXPECT_TRUE(p.not_built_in) << render(p);
    EXPECT_EQ(p.message, "known, not built in");
    EXPECT_GT(p.where.line, 0u);
    keys.push_back(p.where.key);
  }
  return keys;
}

TEST(NotBuiltIn, KindsSilenceWhatTheyHold) {
  const auto got = parse(R"([bus.a]
kind = "amqp"
url = "amqps://x@y/%2F"
tls = { ca = "a" }
[bus.d]
kind = "postgres"
queue = { t = { table = "u", key = "id" } }
poll = "60s"
[upstream.k]
kind = "koji"
limits = { whatever = 1 }
[page.p]
path = "/p"
settle = "5s"
fetch = { upstream = "k", call = [["m", "{x}", { deep = { er = 1 } }]], keep = ["a"] }
on = { topic = "#", all = true, floor = { at = "/b", has = { i = "/msg/i" } } }
[[sink]]
page = "p"
anything = { goes = true }
)");
  EXPECT_THAT(reserved_keys(got),
              testing::ElementsAre("bus.a.kind", "bus.d.kind", "upstream.k.kind", "page.p.settle",
                                   "page.p.fetch.call", "page.p.on.floor", "sink"));
}

TEST(NotBuiltIn, EveryReservedKindIsKnown) {
  for (const std::string kind : {"amqp", "webhook", "postgres", "redis", "nats"}) {
    EXPECT_EQ(reserved_keys(parse("[bus.x]\nkind = '" + kind + "'\nany = 1")).size(), 1u) << kind;
  }
  for (const std::string kind : {"xmlrpc", "koji", "bugzilla", "sql", "exec"}) {
    EXPECT_EQ(reserved_keys(parse("[upstream.x]\nkind = '" + kind + "'\nany = 1")).size(), 1u)
        << kind;
  }
}

TEST(NotBuiltIn, MistakesBesideThemAreStillFound) {
  const auto got = parse("sink = []\nmemroy = '1GiB'");
  ASSERT_EQ(got.problems.size(), 2u);
  EXPECT_TRUE(got.problems[0].not_built_in);
  EXPECT_FALSE(got.problems[1].not_built_in);
}

class DesignExample : public testing::TestWithParam<const char*> {};

TEST_P(DesignExample, HasOnlyReservedNames) {
  // Beside the source tree, or beside the folder of work trees.
  std::string path;
  for (const std::string up : {"/../shared", "/../../shared"}) {
    const auto candidate = FRESHET_SOURCE_DIR + up + "/design/examples/" + GetParam();
    if (path.empty() && std::filesystem::exists(candidate)) path = candidate;
  }
  if (path.empty()) GTEST_SKIP() << "shared/design/examples/" << GetParam() << " is not here";
  const auto got = load(std::vector<std::string>{path});
  EXPECT_GT(reserved_keys(got).size(), 3u);
  EXPECT_GE(got.value.pages.size(), 6u);
}
INSTANTIATE_TEST_SUITE_P(Files, DesignExample, testing::Values("fedora.toml", "freshports.toml"));

}  // namespace
}  // namespace freshet::config
