#include <gmock/gmock.h>

#include "app/bench/freshness/comparison.hpp"
#include "core/observe/log.hpp"

namespace freshet::app {
namespace {

class Freshness : public testing::Test {
 protected:
  void SetUp() override { set_up_log("auto", "error"); }
  static const freshness_score& named(const std::vector<freshness_score>& all,
                                      std::string_view name) {
    for (const auto& each : all)
      if (each.strategy == name) return each;
    throw std::out_of_range(std::string(name));
  }
};

TEST_F(Freshness, TheSameSeedsGiveTheSameTable) {
  world_shape small;
  small.packages = 10;
  small.changes = 300;
  small.visits = 2000;
  const auto once = compare(7, 2, small);
  EXPECT_EQ(once, compare(7, 2, small));
  EXPECT_EQ(to_text(once), to_text(compare(7, 2, small)));
  EXPECT_NE(once, compare(8, 2, small));
}

TEST_F(Freshness, NothingStaysWrongHereAndWhatIsDeletedDoes) {
  const auto all = compare(1, 2, {});
  const auto& ours = named(all, "freshet");
  EXPECT_EQ(ours.wrong_for_ever, 0u);
  EXPECT_GT(named(all, "delete, then refill").wrong_for_ever, 0u);
  EXPECT_GT(named(all, "delete on notify").wrong_for_ever, 0u);
  for (const auto& each : all) {
    if (&each == &ours) continue;
    EXPECT_LT(ours.wrong, each.wrong) << each.strategy;
    EXPECT_LT(ours.shown_wrong, each.shown_wrong) << each.strategy;
  }
}

}  // namespace
}  // namespace freshet::app
