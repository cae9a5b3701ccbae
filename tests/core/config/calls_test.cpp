#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

std::string page(const std::string& fetch,
                 const std::string& upstream = "kind = 'koji'\nurl = 'http://k/hub'") {
  return "[upstream.u]\n" + upstream + "\n[page.p]\npath = '/p'\nfetch = { upstream = 'u', " +
         fetch + " }\n";
}

std::vector<std::string> messages(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& p : parse(text).problems) out.push_back(p.where.key + ": " + p.message);
  return out;
}

TEST(Calls, AreKeptAsJson) {
  const auto got = parse(page(
      R"(call = [["getPackageID", "{package}"], ["listBuilds", { packageID = "$0", n = 1.5 }]])"));
  for (const auto& p : got.problems) ADD_FAILURE() << render(p);
  const auto& fetch = got.value.pages[0].fetches[0];
  EXPECT_EQ(fetch.call,
            R"([["getPackageID","{package}"],["listBuilds",{"packageID":"$0","n":1.5}]])");
  EXPECT_EQ(fetch.calls, 2u);
  EXPECT_TRUE(messages(page("call = '''[[\"getTag\", null]]'''")).empty())
      << "TOML has no null; JSON in a string has";
}

TEST(Calls, AreListsThatBeginWithAMethod) {
  for (const std::string bad :
       {"[]", "['getTag']", "[[]]", "[[1]]", "[['']]", "[['{x}']]", "1", "'[['", "{ a = 1 }"})
    EXPECT_EQ(messages(page("call = " + bad)).size(), 1u) << bad;
}

TEST(Calls, BatchBelongsToKindsThatCan) {
  const auto batch = [](const std::string& kind) {
    return parse("[upstream.u]\nkind = '" + kind + "'\nurl = 'http://k'")
        .value.upstreams[0]
        .limits.batch;
  };
  EXPECT_EQ(batch("koji"), 20u);
  EXPECT_EQ(batch("bugzilla"), 100u);
  EXPECT_EQ(batch("xmlrpc"), 1u);
  EXPECT_EQ(batch("http"), 1u);
  const auto with = [](const std::string& kind, const std::string& value) {
    return messages("[upstream.u]\nkind = '" + kind +
                    "'\nurl = 'http://k'\nlimits = { batch = " + value + " }");
  };
  EXPECT_TRUE(with("koji", "1").empty());
  EXPECT_TRUE(with("koji", "1000").empty());
  EXPECT_EQ(with("koji", "1001").size(), 1u);
  EXPECT_EQ(with("koji", "0").size(), 1u);
  EXPECT_EQ(with("http", "5").size(), 1u) << "unknown there";
}

TEST(Run, IsAProgramByItsWholePath) {
  const std::string exec = "kind = 'exec'\nenv = { HOME = '/x' }\ndirectory = '/tmp'";
  const auto got = parse(page("run = ['/usr/bin/koji', '{package}']", exec));
  for (const auto& p : got.problems) ADD_FAILURE() << render(p);
  EXPECT_THAT(got.value.pages[0].fetches[0].run,
              testing::ElementsAre("/usr/bin/koji", "{package}"));
  EXPECT_EQ(got.value.upstreams[0].environment[0].first, "HOME");
  EXPECT_EQ(messages(page("run = ['koji']", exec)).size(), 1u);
  EXPECT_EQ(messages(page("run = []", exec)).size(), 1u);
  EXPECT_EQ(messages(page("run = ['/x', 1]", exec)).size(), 1u);
  EXPECT_EQ(messages("[upstream.u]\nkind = 'exec'\nenv = { 'A=B' = 'x' }").size(), 1u);
}

}  // namespace
}  // namespace freshet::config
