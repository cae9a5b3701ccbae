#include "core/text/topic_trie.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint32_t> find(const topic_trie& trie, std::string_view topic) {
  std::vector<std::uint32_t> values{99};
  trie.find(topic, values);
  return values;
}

void insert(topic_trie& trie, std::string_view pattern, std::uint32_t value) {
  trie.insert(topic_pattern::parse(pattern).value(), value);
}

TEST(TopicTrie, YieldsTheValuesOfAllPatternsAscending) {
  topic_trie trie;
  insert(trie, "org.#", 5);
  insert(trie, "org.*.bodhi.#", 3);
  insert(trie, "org.prod.bodhi.update", 4);
  insert(trie, "com.#", 1);
  EXPECT_THAT(find(trie, "org.prod.bodhi.update"), ElementsAre(3, 4, 5));
  EXPECT_THAT(find(trie, "org"), ElementsAre(5));
  EXPECT_THAT(find(trie, "net.prod"), IsEmpty());
  EXPECT_THAT(find(trie, ""), IsEmpty());
}

TEST(TopicTrie, AValueIsYieldedOnce) {
  topic_trie trie;
  for (const auto* pattern : {"#", "a.#", "#.b", "#.a.#.b.#", "a.b", "a.b"})
    insert(trie, pattern, 7);
  EXPECT_THAT(find(trie, "a.b"), ElementsAre(7));
}

TEST(TopicTrie, AnEmptyTrieYieldsNothing) {
  EXPECT_THAT(find(topic_trie(), "a.b"), IsEmpty());
  EXPECT_THAT(find(topic_trie(), ""), IsEmpty());
}

TEST(TopicTrie, TwoTriesOnOneThreadDoNotMeet) {
  topic_trie one, two;
  insert(one, "a.*", 1);
  insert(two, "#.a", 2);
  EXPECT_THAT(find(one, "a.a"), ElementsAre(1));
  EXPECT_THAT(find(two, "a.a"), ElementsAre(2));
  EXPECT_THAT(find(one, "a.a"), ElementsAre(1));
}

/// Words from a small alphabet, so that patterns meet topics often.
std::string random_text(std::mt19937& random, std::string_view letters, unsigned words_max) {
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  std::string text;
  for (std::size_t words = 1 + below(words_max); words > 0; --words) {
    if (const char c = letters[below(letters.size())]; c != '-') text += c;  // - is the empty word
    if (words > 1) text += '.';
  }
  return text;
}

TEST(TopicTrie, EqualsTheSlowReferenceOnRandomPatterns) {
  std::mt19937 random(11);
  std::size_t found = 0;
  for (int round = 0; round < 100; ++round) {
    topic_trie trie;
    std::vector<topic_pattern> patterns;
    for (std::uint32_t i = 0; i < 40; ++i) {
      patterns.push_back(topic_pattern::parse(random_text(random, "ab*#", 7)).value());
      trie.insert(patterns.back(), i);
    }
    for (int i = 0; i < 60; ++i) {
      const std::string topic = random_text(random, "aabbc-", 8);
      std::vector<std::uint32_t> expected;
      for (std::uint32_t p = 0; p < patterns.size(); ++p) {
        if (patterns[p].matches(topic)) expected.push_back(p);
      }
      ASSERT_EQ(find(trie, topic), expected) << "round " << round << ", topic " << topic;
      found += expected.size();
    }
  }
  EXPECT_GT(found, 10'000u);
}

TEST(TopicTrie, ManyRulesAndManyHashesAreNoTrouble) {
  topic_trie trie;
  for (std::uint32_t i = 0; i < 20'000; ++i) insert(trie, fmt::format("org.w{}.#", i), i);
  std::string hashes = "#";
  for (int i = 0; i < 30; ++i) hashes += ".a.#";
  insert(trie, hashes + ".z", 20'000);
  std::string topic = "a";
  for (int i = 0; i < 5'000; ++i) topic += ".a";
  EXPECT_THAT(find(trie, topic), IsEmpty());
  EXPECT_THAT(find(trie, topic + ".z"), ElementsAre(20'000));
  EXPECT_THAT(find(trie, "org.w777.x.y"), ElementsAre(777));
}

}  // namespace
}  // namespace freshet
