#include "core/select/glob.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace freshet {
namespace {

std::string taken(std::string_view pattern, std::string_view text) {
  const auto found = glob::parse(pattern).value().take(text);
  return found ? std::string(*found) : "(no match)";
}

TEST(Glob, TakesTheNameOfABuild) {
  EXPECT_EQ(taken("{}-*-*", "python-requests-2.32.3-1.fc41"), "python-requests");
  EXPECT_EQ(taken("*-{}-*", "python-requests-2.32.3-1.fc41"), "2.32.3");
  EXPECT_EQ(taken("*-{}", "python-requests-2.32.3-1.fc41"), "1.fc41");
}

TEST(Glob, TakesWhatStandsBehindAPrefix) {
  EXPECT_EQ(taken("fedora_messaging_rpm_{}", "fedora_messaging_rpm_guake"), "guake");
  EXPECT_EQ(taken("fedora_messaging_rpm_{}", "fedora_messaging_user_x"), "(no match)");
  EXPECT_EQ(taken("fedora_messaging_rpm_{}", "fedora_messaging_rpm_"), "");
}

TEST(Glob, WithoutATakenPartTakesTheWholeText) {
  EXPECT_EQ(taken("a*c", "abc"), "abc");
  EXPECT_EQ(taken("abc", "abc"), "abc");
  EXPECT_EQ(taken("abc", "abcd"), "(no match)");
  EXPECT_EQ(taken("", ""), "");
  EXPECT_EQ(taken("", "x"), "(no match)");
  EXPECT_TRUE(glob().matches(""));
  EXPECT_FALSE(glob().matches("x"));
}

TEST(Glob, LiteralsDoNotOverlap) {
  EXPECT_EQ(taken("ab*ba", "aba"), "(no match)");
  EXPECT_EQ(taken("ab{}ba", "abba"), "");
  EXPECT_EQ(taken("*aa*aa*", "aaa"), "(no match)");
}

TEST(Glob, TheLeftmostWildcardIsTheLongest) {
  EXPECT_EQ(taken("{}*", "abc"), "abc");
  EXPECT_EQ(taken("*{}", "abc"), "");
  EXPECT_EQ(taken("**{}**", "abc"), "");
  EXPECT_EQ(taken("{}.*", "a.b.c"), "a.b");
}

TEST(Glob, SingleBracesAreLiterals) {
  EXPECT_EQ(taken("{a}", "{a}"), "{a}");
  EXPECT_EQ(taken("{{}}", "{x}"), "x");
}

TEST(Glob, RefusesWhatIsNoGlob) {
  EXPECT_EQ(glob::parse("{}-{}").error().code, errc::malformed);
  EXPECT_EQ(glob::parse(std::string(glob::bytes_max + 1, 'a')).error().code, errc::out_of_range);
}

TEST(Glob, ManyWildcardsOnALongTextAreNoTrouble) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  const std::string text(20'000, 'a');
  EXPECT_TRUE(glob::parse(pattern).value().matches(text));
  EXPECT_FALSE(glob::parse(pattern + "b").value().matches(text));
}

/// The definition, literally: every wildcard tries the longest first. Null: no match.
bool slow(std::string_view pattern, std::string_view text, std::string_view* taken) {
  if (pattern.empty()) return text.empty();
  const bool takes = pattern.starts_with("{}");
  if (!takes && pattern[0] != '*') {
    return !text.empty() && text[0] == pattern[0] && slow(pattern.substr(1), text.substr(1), taken);
  }
  for (std::size_t length = text.size() + 1; length-- > 0;) {
    if (!slow(pattern.substr(takes ? 2 : 1), text.substr(length), taken)) continue;
    if (takes) *taken = text.substr(0, length);
    return true;
  }
  return false;
}

TEST(Glob, EqualsItsDefinitionOnRandomInput) {
  std::mt19937 random(7);
  const auto below = [&](unsigned n) {
    return std::uniform_int_distribution<unsigned>(0, n - 1)(random);
  };
  int matched = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string pattern, text;
    bool open = true;
    for (unsigned i = below(7); i > 0; --i) {
      const unsigned kind = below(5);
      if (kind == 0 && open) {
        pattern += "{}";
        open = false;
      } else {
        pattern += kind <= 1 ? '*' : kind == 2 ? 'b' : 'a';
      }
    }
    for (unsigned i = below(9); i > 0; --i) text += below(3) == 0 ? 'b' : 'a';
    std::string_view expected = text;
    const bool matches = slow(pattern, text, &expected);
    const auto found = glob::parse(pattern).value().take(text);
    ASSERT_EQ(found.has_value(), matches) << pattern << " on " << text;
    if (matches) {
      ASSERT_EQ(*found, expected) << pattern << " on " << text;
      ++matched;
    }
  }
  EXPECT_GT(matched, 2000);
}

}  // namespace
}  // namespace freshet
