#include "store/page/page_parameter.hpp"

#include <gtest/gtest.h>

#include "tests/store/page/pages.hpp"

namespace freshet {
namespace {

using place = page_parameter::place;

std::string normal(const page_parameter& parameter, std::string value) {
  const auto fine = parameter.normalise(value);
  if (!fine) return "! " + fine.error().detail;
  std::string again = value;
  EXPECT_TRUE(parameter.normalise(again));
  EXPECT_EQ(again, value) << "not idempotent";
  return value;
}

TEST(PageParameter, CapturesAreShortPlainText) {
  const page_parameter any("p", place::path);
  EXPECT_EQ(normal(any, "gtk+"), "gtk+");
  EXPECT_EQ(normal(any, "..."), "...");
  EXPECT_EQ(normal(any, std::string(255, 'a')), std::string(255, 'a'));
  EXPECT_EQ(normal(any, std::string(256, 'a')), "! p: expected at most 255 bytes");
  for (const auto* bad : {"", ".", "..", "a/b", "a\\b", "a\nb", "\x7F", "\xFF", "\xC2\x80"}) {
    EXPECT_TRUE(normal(any, bad).starts_with("! p: expected")) << bad;
  }
  EXPECT_TRUE(normal(any, std::string(1, '\0')).starts_with("!"));
}

TEST(PageParameter, QueryValuesMayHoldSlashes) {
  const page_parameter any("q", place::query);
  EXPECT_EQ(normal(any, "a/b"), "a/b");
  EXPECT_EQ(normal(any, ""), "");
  EXPECT_TRUE(normal(any, "a\r").starts_with("!"));
}

TEST(PageParameter, LowerAndIn) {
  auto rules = make_parameter("s");
  rules.lower = true;
  rules.in = {{"", "Testing", "stable"}};
  page_parameter status("s", place::query);
  ASSERT_TRUE(status.restrict(rules));
  EXPECT_EQ(normal(status, "TESTING"), "testing");
  EXPECT_EQ(normal(status, ""), "");
  EXPECT_EQ(normal(status, "x"), "! s: expected one of the values in `in`");
}

TEST(PageParameter, IntegersHaveOneSpelling) {
  page_parameter page("page", place::query);
  ASSERT_TRUE(page.restrict(integer_parameter("page", -2, 50)));
  EXPECT_EQ(normal(page, "007"), "7");
  EXPECT_EQ(normal(page, "-0"), "0");
  EXPECT_EQ(normal(page, "-2"), "-2");
  for (const auto* bad : {"51", "-3", "1.0", " 1", "+1", "0x1", "99999999999999999999", "1a"}) {
    EXPECT_EQ(normal(page, bad), "! page: expected an integer from -2 to 50") << bad;
  }
}

TEST(PageParameter, CharsAreRangesOfCharacters) {
  auto rules = make_parameter("p");
  rules.chars = "a-z0-9_\xC3\xA4-\xC3\xBC.-";
  rules.max = 4;
  page_parameter name("p", place::path);
  ASSERT_TRUE(name.restrict(rules));
  EXPECT_EQ(normal(name, "a-z."), "a-z.");
  EXPECT_EQ(normal(name, "\xC3\xB6"), "\xC3\xB6");
  EXPECT_EQ(normal(name, "A"), "! p: expected only the characters in `chars`");
  EXPECT_EQ(normal(name, "abcde"), "! p: expected at most 4 bytes");
}

TEST(PageParameter, RefusesRulesThatCannotHold) {
  const auto refused = [](auto change) {
    auto rules = make_parameter("p");
    change(rules);
    page_parameter made("p", place::query);
    return !made.restrict(rules);
  };
  EXPECT_TRUE(refused([](auto& r) { r.max = 0; }));
  EXPECT_TRUE(refused([](auto& r) { r.max = 256; }));
  EXPECT_TRUE(refused([](auto& r) { r.range = {2, 1}; }));
  EXPECT_TRUE(refused([](auto& r) { r.chars = "z-a"; }));
  EXPECT_TRUE(refused([](auto& r) {
    r.range = {1, 2};
    r.in = {{"3"}};
  }));
  EXPECT_TRUE(refused([](auto& r) { r.json.emplace_back("a", json::pointer{}); }));
  EXPECT_FALSE(refused([](auto&) {}));
}

TEST(PageParameter, DefaultsStandOutsideTheRules) {
  page_parameter page("page", place::query);
  ASSERT_TRUE(page.restrict(integer_parameter("page", 1, 50)));
  EXPECT_EQ(normal(page, ""), "");  // not given
  EXPECT_FALSE(page.set_default("51"));
  ASSERT_TRUE(page.set_default("01"));
  EXPECT_EQ(page.fallback(), "1");
  EXPECT_TRUE(normal(page, "").starts_with("!"));
}

}  // namespace
}  // namespace freshet
