#include "connectors/bus/webhook/hook_rate.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(HookRate, ASecondsWorthAtOnceThenEvenly) {
  const mono_time start{1h};
  hook_rate rate(4, start);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(rate.take(start)) << i;
  EXPECT_FALSE(rate.take(start));
  EXPECT_EQ(rate.wait(), 1s);
  EXPECT_TRUE(rate.take(start + 250ms));
  EXPECT_FALSE(rate.take(start + 250ms));
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += rate.take(start + 10s) ? 1 : 0;
  EXPECT_EQ(taken, 4) << "a pause is not saved up";
}

TEST(HookRate, SlowOnesSayHowLong) {
  const mono_time start{1h};
  hook_rate rate(0.1, start);
  EXPECT_TRUE(rate.take(start));
  EXPECT_FALSE(rate.take(start));
  EXPECT_EQ(rate.wait(), 10s);
  EXPECT_FALSE(rate.take(start + 4s));
  EXPECT_EQ(rate.wait(), 6s);
  EXPECT_TRUE(rate.take(start + 11s));
}

TEST(HookRate, NoneIsNoLimit) {
  const mono_time start{1h};
  hook_rate rate(0, start);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(rate.take(start));
}

}  // namespace
}  // namespace freshet
