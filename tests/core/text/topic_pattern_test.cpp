#include "core/text/topic_pattern.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

bool matches(std::string_view pattern, std::string_view topic) {
  return topic_pattern::parse(pattern).value().matches(topic);
}

TEST(TopicPattern, WordsMatchTheWholeTopic) {
  EXPECT_TRUE(matches("a.b", "a.b"));
  EXPECT_FALSE(matches("a.b", "a.b.c"));
  EXPECT_FALSE(matches("a.b", "a"));
  EXPECT_FALSE(matches("a.b", "A.b"));
  EXPECT_FALSE(matches("a.b", ""));
}

TEST(TopicPattern, AStarIsOneNonEmptyWord) {
  EXPECT_TRUE(matches("a.*.c", "a.b.c"));
  EXPECT_FALSE(matches("a.*.c", "a..c"));
  EXPECT_FALSE(matches("a.*.c", "a.c"));
  EXPECT_FALSE(matches("*", ""));
  EXPECT_FALSE(matches("*", "a.b"));
}

TEST(TopicPattern, AHashIsAnyNumberOfWordsAnywhere) {
  EXPECT_TRUE(matches("#", ""));
  EXPECT_TRUE(matches("#", "a..b"));
  EXPECT_TRUE(matches("a.#", "a"));
  EXPECT_TRUE(matches("a.#.z", "a.z"));
  EXPECT_TRUE(matches("a.#.z", "a.b.z.z"));
  EXPECT_FALSE(matches("a.#.z", "a.b.z.c"));
  EXPECT_TRUE(matches("#.b.#", "b"));
  EXPECT_TRUE(matches("#.*.#", "a"));
  EXPECT_FALSE(matches("#.*.#", ""));
  EXPECT_FALSE(matches("#.*.#", "."));
  EXPECT_TRUE(
      matches("org.fedoraproject.*.bodhi.#", "org.fedoraproject.prod.bodhi.update.comment"));
}

TEST(TopicPattern, LongTopicsAreMatchedToo) {
  std::string topic = "a";
  for (int i = 0; i < 10'000; ++i) topic += ".b";
  EXPECT_TRUE(matches("a.#.b", topic));
  EXPECT_FALSE(matches("a.#.c", topic));
}

TEST(TopicPattern, RefusesWhatIsNoPattern) {
  for (const auto* text : {"", ".", "a.", ".a", "a..b", "a*", "a.#b", "**", "##"}) {
    EXPECT_EQ(topic_pattern::parse(text).error().code, errc::malformed) << text;
  }
  EXPECT_NE(topic_pattern::parse("a.").error().detail.find("prefix.#"), std::string::npos);
  EXPECT_EQ(topic_pattern::parse(std::string(256, 'a')).error().code, errc::out_of_range);
  std::string words = "a";
  for (std::size_t i = 1; i < topic_pattern::words_max; ++i) words += ".a";
  EXPECT_TRUE(matches(words, words));
  EXPECT_EQ(topic_pattern::parse(words + ".a").error().code, errc::out_of_range);
}

}  // namespace
}  // namespace freshet
