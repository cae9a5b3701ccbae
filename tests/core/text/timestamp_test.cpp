#include "core/text/timestamp.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

std::int64_t micros(std::string_view text) {
  const auto at = parse_timestamp(text);
  return at ? std::chrono::duration_cast<std::chrono::microseconds>(at->time_since_epoch()).count()
            : -1;
}

TEST(Timestamp, Rfc3339WithOffsetsAndFractions) {
  EXPECT_EQ(micros("1970-01-01T00:00:01Z"), 1'000'000);
  EXPECT_EQ(micros("2019-07-30T19:12:22+00:00"), 1'564'513'942'000'000);
  EXPECT_EQ(micros("2019-07-30T21:12:22.5+02:00"), 1'564'513'942'500'000);
  EXPECT_EQ(micros("2019-07-30 14:42:22-04:30"), 1'564'513'942'000'000);
}

TEST(Timestamp, SecondsWithAndWithoutFractions) {
  EXPECT_EQ(micros("1731596060.342482"), 1'731'596'060'342'482);
  EXPECT_EQ(micros("0"), 0);
}

// Beyond it a moment in the year 9999 became one in 1816.
TEST(Timestamp, EndsWhereTheClockEnds) {
  EXPECT_EQ(micros("2262-04-11T23:47:16Z"), 9'223'372'036'000'000);
  EXPECT_EQ(micros("9223372036"), 9'223'372'036'000'000);
  for (const auto* bad : {"2262-04-11T23:47:17Z", "9999-12-31T23:59:59Z", "253402300799"})
    EXPECT_EQ(micros(bad), -1) << bad;
}

TEST(Timestamp, AnythingElseIsNothing) {
  for (const auto* bad : {"", "x", "-1", "1e300", "nan", "inf", "2019-02-30T00:00:00Z",
                          "2019-07-30T24:00:00Z", "2019-07-30T00:00:00", "2019-07-30T00:00:00Zx",
                          "2019-07-30T00:00:00.Z", "2019-07-30", "20190730T000000Z"})
    EXPECT_EQ(micros(bad), -1) << bad;
}

}  // namespace
}  // namespace freshet
