#include "tests/core/config/config_support.hpp"

namespace freshet::config::test {
namespace {

constexpr std::string_view before =
    "[upstream.u]\nkind = 'http'\nurl = 'http://h'\n[page.p]\n"
    "path = '/p'\nfetch = { upstream = 'u', get = '/x' }\n";

std::string page(std::string_view more) { return std::string(before) + std::string(more); }
std::string rule(std::string_view floor) {
  return page("on = { topic = '#', all = true, floor = " + std::string(floor) + " }\n");
}

TEST(Floor, HasNamesMembersAndPointersOfTheElement) {
  const auto got = good(rule(
      R"({ at = '/builds', has = { build_id = '/msg/build_id', '/task/state' = '/msg/new' } })"));
  const auto& floor = *got.pages[0].on[0].floor;
  EXPECT_FALSE(floor.compares());
  EXPECT_EQ(floor.at.text(), "/builds");
  ASSERT_EQ(floor.has.size(), 2u);
  EXPECT_EQ(floor.has[0].first.text(), "/build_id");
  EXPECT_EQ(floor.has[0].second.text(), "/msg/build_id");
  EXPECT_EQ(floor.has[1].first.text(), "/task/state");
}

TEST(Floor, EventAndPageAreCompared) {
  const auto got = good(rule("{ event = '/msg/seq', page = '/seq' }"));
  const auto& floor = *got.pages[0].on[0].floor;
  EXPECT_TRUE(floor.compares());
  EXPECT_EQ(floor.event.text(), "/msg/seq");
  EXPECT_EQ(floor.page.text(), "/seq");
}

TEST(Floor, MistakesAreNamed) {
  constexpr std::string_view forms = "expected `at` and `has`, or `event` and `page`";
  for (const auto* wrong :
       {"{}", "{ at = '/b' }", "{ has = { a = '/msg/a' } }", "{ event = '/msg/a' }",
        "{ at = '/b', has = { a = '/msg/a' }, page = '/seq' }"})
    EXPECT_NE(only_problem(rule(wrong)).find(forms), std::string::npos) << wrong;
  EXPECT_NE(only_problem(rule("5")).find("expected a table, found the number 5"),
            std::string::npos);
  EXPECT_NE(only_problem(rule("{ at = '/b', has = {} }")).find("at least one name"),
            std::string::npos);
  EXPECT_NE(only_problem(rule("{ at = '/b', has = { '/a~2' = '/msg/a' } }")).find("a member of"),
            std::string::npos);
  EXPECT_NE(only_problem(rule("{ at = 'b', has = { a = '/msg/a' } }")).find("floor.at"),
            std::string::npos);
  EXPECT_NE(only_problem(rule("{ event = '/msg/a', pgae = '/seq' }")).find("pgae"),
            std::string::npos);
  EXPECT_NE(only_problem(page("type = 'text/html'\non = { topic = '#', all = true, floor = "
                              "{ event = '/msg/a', page = '/a' } }\n"))
                .find("needs a page of JSON"),
            std::string::npos);
}

TEST(Floor, ReadsBackAsItWasShown) {
  const auto text = rule(R"({ at = '/b/*', has = { 'a"b' = '/msg/a~1b', '/c/d' = '/id' } })");
  const auto once = show(good(text));
  EXPECT_EQ(show(good(once)), once);
  EXPECT_NE(once.find("floor = {"), std::string::npos);
}

TEST(Upkeep, SettleAndSweepHaveDefaultsAndMayBeOff) {
  EXPECT_EQ(good(page("")).pages[0].settle, 5s);
  EXPECT_EQ(good(page("")).pages[0].sweep, 6h);
  const auto got = good(page("settle = '0s'\nsweep = '90m'\n"));
  EXPECT_EQ(got.pages[0].settle, 0s);
  EXPECT_EQ(got.pages[0].sweep, 90min);
  EXPECT_EQ(good(page("sweep = 0\n")).pages[0].sweep, 0s);
  EXPECT_NE(only_problem(page("sweep = '10ms'\n")).find("at least \"1s\""), std::string::npos);
}

}  // namespace
}  // namespace freshet::config::test
