#include "core/observe/log.hpp"

#include <gtest/gtest.h>

#include "core/clock.hpp"

namespace freshet {
namespace {

TEST(RateLimit, OneLineAPeriodAndTheNumberHeldBack) {
  manual_clock clock;
  rate_limit limit(std::chrono::seconds{10});
  std::uint64_t held = 99;
  EXPECT_TRUE(limit.allow(clock.now(), held));
  EXPECT_EQ(held, 0u);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit.allow(clock.now(), held));
  clock.advance(std::chrono::seconds{10});
  EXPECT_TRUE(limit.allow(clock.now(), held));
  EXPECT_EQ(held, 5u);
}

}  // namespace
}  // namespace freshet
