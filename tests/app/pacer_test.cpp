#include "app/replay/pacer.hpp"

#include <gtest/gtest.h>

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

const mono_time start{1h};

wall_time recorded(std::chrono::milliseconds at) { return wall_time{at}; }

TEST(Pacer, AtOnceIsDueAtOnce) {
  auto pace = pacer::at_once();
  pace.start(start);
  EXPECT_EQ(pace.due({}), start);
  EXPECT_EQ(pace.due(recorded(1'000'000ms)), start);
}

TEST(Pacer, ARateCountsFromTheStart) {
  auto pace = pacer::at_rate(50);
  pace.start(start);
  EXPECT_EQ(pace.due({}), start);
  EXPECT_EQ(pace.due({}), start + 20ms);
  for (int i = 2; i < 50; ++i) pace.due({});
  EXPECT_EQ(pace.due({}), start + 1s);
}

TEST(Pacer, ASpeedKeepsTheRecordedDistances) {
  auto pace = pacer::at_speed(10);
  pace.start(start);
  EXPECT_EQ(pace.due(recorded(5000ms)), start);
  EXPECT_EQ(pace.due(recorded(6000ms)), start + 100ms);
  EXPECT_EQ(pace.due({}), start + 100ms);                // no time: with the one before it
  EXPECT_EQ(pace.due(recorded(4000ms)), start + 100ms);  // older: never back
  EXPECT_EQ(pace.due(recorded(7000ms)), start + 200ms);
}

TEST(Pacer, ARoundStartsAnew) {
  auto pace = pacer::at_speed(1);
  pace.start(start);
  pace.due(recorded(0ms));
  EXPECT_EQ(pace.due(recorded(9000ms)), start + 9s);
  pace.start(start + 1min);
  EXPECT_EQ(pace.due(recorded(0ms)), start + 1min);
}

TEST(Pacer, ACenturyIsFarEnough) {
  auto pace = pacer::at_speed(1e-12);
  pace.start(start);
  pace.due(recorded(0ms));
  EXPECT_GT(pace.due(recorded(1'000'000'000'000ms)), start);
}

}  // namespace
}  // namespace freshet::app
