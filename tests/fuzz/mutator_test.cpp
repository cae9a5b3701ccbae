#include "fuzz/support/mutator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace freshet::fuzz {
namespace {

TEST(Mutator, MakesTheSameTextsInEveryRun) {
  mutator one({"abc", "{\"a\":1}"}, 7), two({"abc", "{\"a\":1}"}, 7), other({"abc"}, 8);
  int same = 0;
  for (int i = 0; i < 200; ++i) {
    const auto text = one.next();
    EXPECT_EQ(two.next(), text);
    same += other.next() == text;
  }
  EXPECT_LT(same, 20);
}

TEST(Mutator, StaysNearItsSeedsAndWithinItsBound) {
  mutator texts({std::string(mutator::bytes_max, 'x'), "GET /"}, 1);
  std::set<std::string> seen;
  std::size_t like_a_seed = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto text = texts.next();
    ASSERT_LE(text.size(), mutator::bytes_max);
    like_a_seed += text.starts_with("GE") || text.starts_with("xx");
    seen.insert(text);
  }
  EXPECT_GT(seen.size(), 1500u);
  EXPECT_GT(like_a_seed, 1000u);
}

TEST(Mutator, LikesTheBytesOnWhichDecodersDecide) {
  mutator texts({}, 1);
  std::map<char, std::size_t> seen;
  for (int i = 0; i < 20'000; ++i) {
    for (const char c : texts.next()) ++seen[c];
  }
  const auto other = seen['\xfe'] + seen['\xf1'];
  for (const char odd : {'\0', '"', '~', '\x7f', '\xed', '\xf0', '\xff'})
    EXPECT_GT(seen[odd], 2 * other) << int{odd};
}

TEST(Mutator, BeginsFromNothingToo) {
  mutator texts({}, 1);
  std::size_t bytes = 0;
  for (int i = 0; i < 100; ++i) bytes += texts.next().size();
  EXPECT_GT(bytes, 100u);
}

}  // namespace
}  // namespace freshet::fuzz
