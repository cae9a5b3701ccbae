#include "core/config/scalars.hpp"

#include <gtest/gtest.h>

namespace freshet::config {
namespace {

TEST(Duration, UnitsAndSums) {
  EXPECT_EQ(*parse_duration("200ms"), 200ms);
  EXPECT_EQ(*parse_duration("5s"), 5s);
  EXPECT_EQ(*parse_duration("1h"), 1h);
  EXPECT_EQ(*parse_duration("3d"), 72h);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("0"), 0ns);
}

TEST(Duration, OtherTextsAreRefused) {
  for (const auto* text : {"", "5", "s", "-5s", "5 s", "5S", "5sec", "1m1h", "1s1s", ".5s", "1..5s",
                           "1e3s", "99999d", "123456789012345678901s"}) {
    EXPECT_TRUE(parse_duration(text).has_error()) << text;
  }
}

TEST(Size, UnitsOfTwoAndOfTen) {
  EXPECT_EQ(*parse_size("8KiB"), 8192u);
  EXPECT_EQ(*parse_size("512MiB"), 512u << 20);
  EXPECT_EQ(*parse_size("1.5GiB"), 1536ull << 20);
  EXPECT_EQ(*parse_size("10kB"), 10'000u);
  EXPECT_EQ(*parse_size("4096"), 4096u);
}

TEST(Size, OtherTextsAreRefused) {
  for (const auto* text : {"", "K", "8K", "8 kib", "-1KiB", "0.3B", "1KiBx", "99999999999GiB"}) {
    EXPECT_TRUE(parse_size(text).has_error()) << text;
  }
}

TEST(Rate, PerSecondMinuteHour) {
  EXPECT_DOUBLE_EQ(*parse_rate("50/s"), 50);
  EXPECT_DOUBLE_EQ(*parse_rate("30/m"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_rate("3600/h"), 1);
  for (const auto* text : {"", "50", "/s", "50/d", "-1/s", "50/s "}) {
    EXPECT_TRUE(parse_rate(text).has_error()) << text;
  }
}

}  // namespace
}  // namespace freshet::config
