#include "connectors/ingest/dedupe.hpp"

#include <gtest/gtest.h>

#include <string>

namespace freshet {
namespace {

event with_id(std::string_view id, std::string_view topic = "t") {
  event e;
  e.id = id;
  e.topic = topic;
  e.bytes = "{}";
  return e;
}

TEST(Dedupe, TheSameIdAndTopicIsSeenOnce) {
  dedupe d;
  EXPECT_TRUE(d.first_time(with_id("2017-a")));
  EXPECT_FALSE(d.first_time(with_id("2017-a")));
}

TEST(Dedupe, ASharedIdUnderAnotherTopicIsAnotherEvent) {
  dedupe d;
  EXPECT_TRUE(d.first_time(with_id("2017-a", "x")));
  EXPECT_TRUE(d.first_time(with_id("2017-a", "y")));
}

TEST(Dedupe, WithoutAnIdTheBytesDecide) {
  dedupe d;
  event e = with_id("");
  EXPECT_TRUE(d.first_time(e));
  EXPECT_FALSE(d.first_time(e));
  e.bytes = "{\"a\":1}";
  EXPECT_TRUE(d.first_time(e));
  EXPECT_TRUE(d.first_time(with_id("{\"a\":1}"))) << "an id is not a body";
}

TEST(Dedupe, TheOldestGoesOut) {
  dedupe d(3);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(d.first_time(with_id(std::to_string(i))));
  EXPECT_EQ(d.size(), 3u);
  EXPECT_FALSE(d.first_time(with_id("1")));
  EXPECT_FALSE(d.first_time(with_id("3")));
  EXPECT_TRUE(d.first_time(with_id("0")));
  EXPECT_TRUE(d.first_time(with_id("1"))) << "0 took its place";
}

TEST(Dedupe, AFullTableKeepsTheNewestAndItsSize) {
  constexpr int most = 1 << 14, offered = 4 * most;
  dedupe d(most);
  const auto at_rest = d.bytes();
  for (int i = 0; i < offered; ++i) EXPECT_TRUE(d.first_time(with_id(std::to_string(i))));
  EXPECT_EQ(d.size(), most);
  EXPECT_GT(d.bytes(), at_rest);
  EXPECT_LE(d.bytes(), most * sizeof(std::uint64_t) + at_rest);
  // Rings fill by chance, so the border is not sharp: the newer half is there whole.
  for (int i = offered - most / 2; i < offered; ++i)
    EXPECT_FALSE(d.first_time(with_id(std::to_string(i)))) << i;
  int repeated = 0;
  for (int i = 0; i < most; ++i) repeated += d.first_time(with_id(std::to_string(i))) ? 1 : 0;
  EXPECT_EQ(repeated, most) << "long gone";
}

}  // namespace
}  // namespace freshet
