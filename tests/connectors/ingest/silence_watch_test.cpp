#include "connectors/ingest/silence_watch.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SilenceWatch, ABusThatIsQuietForLongerThanExpectedIsToldOnce) {
  manual_clock clock;
  silence_watch watch({2min, std::nullopt}, clock.now());
  clock.advance(2min);
  EXPECT_THAT(watch.newly_silent(clock.now()), IsEmpty()) << "exactly what was expected";
  clock.advance(1s);
  EXPECT_THAT(watch.newly_silent(clock.now()), ElementsAre(0));
  EXPECT_THAT(watch.newly_silent(clock.now()), IsEmpty()) << "once";
  EXPECT_EQ(watch.silent_since(0, clock.now()), clock.now() - 121s) << "since the start";
  clock.advance(24h);
  EXPECT_FALSE(watch.silent_since(1, clock.now())) << "no expectation, no silence";
}

TEST(SilenceWatch, ItsEndIsToldOnceAndANewSilenceAgain) {
  manual_clock clock;
  silence_watch watch({2min}, clock.now());
  EXPECT_FALSE(watch.heard(0, clock.now())) << "it was not silent";
  clock.advance(5min);
  EXPECT_THAT(watch.newly_silent(clock.now()), ElementsAre(0));
  EXPECT_EQ(watch.heard(0, clock.now()), 5min);
  EXPECT_FALSE(watch.silent_since(0, clock.now()));
  EXPECT_FALSE(watch.heard(0, clock.now()));
  clock.advance(3min);
  EXPECT_THAT(watch.newly_silent(clock.now()), ElementsAre(0));
}

TEST(SilenceWatch, AReturnThatNobodyWasWarnedOfIsNotTold) {
  manual_clock clock;
  silence_watch watch({2min}, clock.now());
  clock.advance(5min);
  EXPECT_TRUE(watch.silent_since(0, clock.now()));
  EXPECT_FALSE(watch.heard(0, clock.now()));
}

}  // namespace
}  // namespace freshet
