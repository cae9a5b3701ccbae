#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using test::good;
using test::only_problem;
using testing::HasSubstr;

constexpr std::string_view bus = "[bus.x]\nkind = 'zmq'\nconnect = 'tcp://a:1'\n";

std::string problem(std::string_view verify) {
  return only_problem(std::string(bus) + "verify = " + std::string(verify));
}

TEST(VerifyConfig, SaysWhoMaySignWhat) {
  const auto s = good(std::string(bus) +
                      "verify = { ca = 'ca.pem', crl = 'l', names = { 'a.*.#' = ['k-*', 'b'] } }");
  const auto& v = s.buses[0].verify;
  ASSERT_TRUE(v);
  EXPECT_EQ(v->mode, "enforce");
  EXPECT_EQ(v->ca, "ca.pem");
  EXPECT_EQ(v->crl, "l");
  ASSERT_EQ(v->names.size(), 1u);
  EXPECT_EQ(v->names[0].first.text(), "a.*.#");
  EXPECT_TRUE(v->names[0].second.at(0).matches("k-1"));
  EXPECT_EQ(show(s), show(good(show(s))));
  EXPECT_THAT(show(s), HasSubstr("verify = { mode = \"enforce\", ca = \"ca.pem\", crl = \"l\", "
                                 "names = { \"a.*.#\" = [\"k-*\", \"b\"] } }"));
}

TEST(VerifyConfig, CanBeOff) {
  EXPECT_FALSE(good(bus).buses[0].verify);
  EXPECT_FALSE(good(std::string(bus) + "verify = { mode = 'off' }").buses[0].verify);
  EXPECT_EQ(good(std::string(bus) + "verify = { mode = 'warn', ca = 'c' }").buses[0].verify->mode,
            "warn");
}

TEST(VerifyConfig, Problems) {
  EXPECT_THAT(problem("{}"), HasSubstr("bus.x.verify: `ca` is missing"));
  EXPECT_THAT(problem("{ ca = 'c', mode = 'enforced' }"), HasSubstr("did you mean `enforce`?"));
  EXPECT_THAT(problem("{ ca = 'c', names = {} }"), HasSubstr("1 to 256 topic patterns"));
  EXPECT_THAT(problem("{ ca = 'c', names = { 'a..b' = 'x' } }"), HasSubstr("an empty word"));
  EXPECT_THAT(problem("{ ca = 'c', names = { 'a' = [] } }"), HasSubstr("at least one name"));
  EXPECT_THAT(problem("{ ca = 'c', names = { 'a' = 'k-{}' } }"), HasSubstr("expected a name"));
  EXPECT_THAT(problem("{ ca = 'c', cert = 'd' }"), HasSubstr("bus.x.verify.cert"));
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'demo'\nverify = { ca = 'c' }"),
              HasSubstr("bus.x.verify"));
}

/// How a selector cuts texts up, in both spellings.
TEST(SelectorConfig, ListsOfPatternsAndSeparators) {
  const std::string once = show(good(R"([[tag]]
topic = "#"
set = { a = { at = "/t", split = [",", " "], before = "(", like = ["{}-*-*", "{}"] }, b = { keys = "/h", like = ["x_{}", "y_{}"] } })"));
  EXPECT_THAT(once,
              HasSubstr("like = [\"{}-*-*\", \"{}\"], split = [\",\", \" \"], before = \"(\""));
  EXPECT_EQ(show(good(once)), once);
  const auto wrong = [](std::string_view selector) {
    return only_problem("[[tag]]\ntopic = '#'\nset = { a = " + std::string(selector) + " }");
  };
  EXPECT_THAT(wrong("{ keys = '/h', before = '(' }"), HasSubstr("belong to `at`"));
  EXPECT_THAT(wrong("{ value = 'v', like = ['x'] }"), HasSubstr("belong to `at`"));
  EXPECT_THAT(wrong("{ at = '/h', like = ['x', '{}{}'] }"), HasSubstr("a second {}"));
}

}  // namespace
}  // namespace freshet::config
