#include <gtest/gtest.h>

#include "app/bench/visitor.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

/// A visitor who came to a cold page in the warm-up may still wait when the counting begins.
TEST(LoadCounts, WhoAskedInTheWarmUpIsNotCounted) {
  load_counts counts;
  const mono_time began{1h};
  counts.since = began;
  counts.answer(200, began - 3s, began + 1s);
  EXPECT_EQ(counts.latency.count(), 0u);
  EXPECT_TRUE(counts.statuses.empty());
  counts.answer(200, began, began + 1ms);
  EXPECT_EQ(counts.latency.count(), 1u);
  EXPECT_EQ(counts.latency.max(), 1ms);
  EXPECT_EQ(counts.statuses[200], 1u);
}

}  // namespace
}  // namespace freshet::app
