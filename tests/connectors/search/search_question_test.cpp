#include "connectors/upstream/search/search_question.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(SearchQuestion, WordsAreQuotedAndTheLastMayBeBegun) {
  const auto q = search_question::of("  Drop-down \t terminal ");
  EXPECT_EQ(q.folded, "drop-down terminal");
  EXPECT_EQ(q.words, "\"Drop-down\" \"terminal\" *");
}

TEST(SearchQuestion, NoCharacterMeansAnything) {
  EXPECT_EQ(search_question::of("a\"b* OR (c").words, "\"a\"\"b*\" \"OR\" \"(c\" *");
  EXPECT_EQ(search_question::of("gtk+ ++ -").words, "\"gtk+\" *");
  EXPECT_EQ(search_question::of("+ - \" *").words, "");
  EXPECT_EQ(search_question::of("+ - \" *").folded, "+ - \" *");
  EXPECT_EQ(search_question::of("").folded, "");
  EXPECT_EQ(search_question::of("é").words, "\"é\" *");
}

TEST(SearchQuestion, ItIsBounded) {
  const auto q = search_question::of(std::string(5000, 'x') + " y");
  EXPECT_EQ(q.folded.size(), search_question::bytes_max);
  EXPECT_EQ(
      search_question::of(std::string(search_question::bytes_max - 1, 'x') + "é").folded.size(),
      search_question::bytes_max - 1)
      << "no half character";
  std::string many;
  for (int i = 0; i < 100; ++i) many += "w ";
  const auto words = search_question::of(many).words;
  EXPECT_EQ(words.size(), search_question::words_max * 4 + 1);
}

}  // namespace
}  // namespace freshet
