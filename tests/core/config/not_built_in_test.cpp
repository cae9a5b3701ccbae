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
kind = "redis"
url = "rediss://x@y/0"
tls = { ca = "a" }
[bus.d]
kind = "postgres"
queue = { t = { table = "u", key = "id" } }
poll = "60s"
[upstream.k]
kind = "sql"
limits = { whatever = 1 }
[page.p]
path = "/p"
fetch = { upstream = "k", sql = "select 1", args = ["{x}"] }
on = { topic = "#", all = true }
[[sink]]
page = "p"
anything = { goes = true }
)");
  EXPECT_THAT(reserved_keys(got),
              testing::ElementsAre("bus.a.kind", "bus.d.kind", "upstream.k.kind",
                                   "page.p.fetch.sql", "page.p.fetch.args", "sink"));
}

TEST(NotBuiltIn, EveryReservedKindIsKnown) {
  for (const std::string kind : {"postgres", "redis", "nats"}) {
    EXPECT_EQ(reserved_keys(parse("[bus.x]\nkind = '" + kind + "'\nany = 1")).size(), 1u) << kind;
  }
  for (const std::string kind : {"sql"}) {
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

TEST_P(DesignExample, HasOnlyNamesThatAreKnownOrReserved) {
  // Beside the source tree, or beside the folder of work trees.
  std::string path;
  for (const std::string up : {"/../shared", "/../../shared"}) {
    const auto candidate = FRESHET_SOURCE_DIR + up + "/design/examples/" + GetParam();
    if (path.empty() && std::filesystem::exists(candidate)) path = candidate;
  }
  if (path.empty()) GTEST_SKIP() << "shared/design/examples/" << GetParam() << " is not here";
  const auto got = load(std::vector<std::string>{path});
  reserved_keys(got);  // fails for every other problem
  EXPECT_GE(got.value.pages.size(), 6u);
}
INSTANTIATE_TEST_SUITE_P(Files, DesignExample, testing::Values("fedora.toml", "freshports.toml"));

}  // namespace
}  // namespace freshet::config
