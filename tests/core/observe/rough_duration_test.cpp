#include "core/observe/rough_duration.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(RoughDuration, OneUnitRoundedDown) {
  EXPECT_EQ(rough_duration(0ns), "0ms");
  EXPECT_EQ(rough_duration(999ms), "999ms");
  EXPECT_EQ(rough_duration(1s), "1s");
  EXPECT_EQ(rough_duration(59s), "59s");
  EXPECT_EQ(rough_duration(179s), "2m");
  EXPECT_EQ(rough_duration(25h), "1d");
  EXPECT_EQ(rough_duration(23h), "23h");
}

}  // namespace
}  // namespace freshet
