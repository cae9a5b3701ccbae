#include "app/bench/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, EmptyHasNoQuantile) {
  EXPECT_FALSE(latency_histogram().quantile(0.5));
  EXPECT_EQ(latency_histogram().count(), 0u);
}

TEST(LatencyHistogram, SmallValuesAreExact) {
  latency_histogram h;
  for (int i = 1; i <= 100; ++i) h.add(std::chrono::nanoseconds(i));
  EXPECT_EQ(h.quantile(0), 1ns);
  EXPECT_EQ(h.quantile(0.5), 50ns);
  EXPECT_EQ(h.quantile(0.99), 99ns);
  EXPECT_EQ(h.quantile(1), 100ns);
}

/// Each value alone, next to a far higher one that keeps the maximum out of the way.
TEST(LatencyHistogram, IsNeverTooLowAndAtMostOneIn64TooHigh) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 39); value = value * 5 / 4 + 1) {
    latency_histogram h;
    h.add(std::chrono::nanoseconds(value));
    h.add(10min);
    const auto found = h.quantile(0.5)->count();
    EXPECT_GE(found, value);
    EXPECT_LE(found - value, value / 64);
  }
}

TEST(LatencyHistogram, BucketsMeetAtPowersOfTwo) {
  for (int bits = 1; bits < 39; ++bits) {
    const std::int64_t power = std::int64_t{1} << bits;
    latency_histogram h;
    h.add(std::chrono::nanoseconds(power - 1));
    h.add(std::chrono::nanoseconds(power));
    EXPECT_EQ(h.quantile(0.5), std::chrono::nanoseconds(power - 1));
    EXPECT_EQ(h.quantile(1), std::chrono::nanoseconds(power));
  }
}

TEST(LatencyHistogram, ATailOfOneInAThousandShows) {
  latency_histogram h;
  for (int i = 0; i < 998; ++i) h.add(1ms);
  h.add(100ms);
  h.add(200ms);
  EXPECT_LT(*h.quantile(0.99), 1020us);
  EXPECT_GE(*h.quantile(0.999), 100ms);
  EXPECT_LT(*h.quantile(0.999), 102ms);
  EXPECT_EQ(h.max(), 200ms);
}

TEST(LatencyHistogram, WhatIsOutOfRangeIsKeptInside) {
  latency_histogram h;
  h.add(-5ns);
  EXPECT_EQ(h.quantile(1), 0ns);
  h.add(24h);
  EXPECT_EQ(h.count(), 2u);
  EXPECT_EQ(h.max(), 24h);
  EXPECT_GE(*h.quantile(1), 18min);
  h.clear();
  EXPECT_EQ(h.count(), 0u);
  EXPECT_FALSE(h.quantile(1));
}

}  // namespace
}  // namespace freshet::app
