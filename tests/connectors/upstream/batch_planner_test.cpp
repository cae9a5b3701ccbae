#include "connectors/upstream/limits/batch_planner.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>

namespace freshet {
namespace {

using testing::ElementsAre;

TEST(BatchPlanner, TheOldestGoesWithItsOwnKind) {
  EXPECT_THAT(plan_batch({}, 10), ElementsAre());
  EXPECT_THAT(plan_batch({{"a", 1, 9}, {"b", 1, 9}, {"a", 1, 9}, {"", 1, 9}, {"a", 1, 9}}, 10),
              ElementsAre(0, 2, 4));
  EXPECT_THAT(plan_batch({{"", 1, 9}, {"", 1, 9}}, 10), ElementsAre(0)) << "no group is no company";
}

TEST(BatchPlanner, BoundsOfTheCallAndOfThoseInIt) {
  EXPECT_THAT(plan_batch({{"a", 2, 9}, {"a", 3, 9}, {"a", 1, 9}, {"a", 1, 9}}, 4),
              ElementsAre(0, 2, 3))
      << "what is too large for this call goes with the next";
  EXPECT_THAT(plan_batch({{"a", 50, 9}, {"a", 1, 9}}, 4), ElementsAre(0)) << "it goes all the same";
  EXPECT_THAT(plan_batch({{"a", 1, 1}, {"a", 1, 9}}, 4), ElementsAre(0)) << "it must be alone";
  EXPECT_THAT(plan_batch({{"a", 1, 9}, {"a", 1, 1}, {"a", 1, 2}, {"a", 1, 9}}, 4),
              ElementsAre(0, 2));
}

TEST(BatchPlanner, SmallerAndSmallerUntilAlone) {
  EXPECT_EQ(smaller_batch(100, false), 25u);
  EXPECT_EQ(smaller_batch(3, false), 1u);
  EXPECT_EQ(smaller_batch(100, true), 1u);
}

/// Takes a random queue to its end and compares with what a plan must be.
class drained {
 public:
  explicit drained(std::uint64_t seed) : random_(seed) {
    const auto kinds = 1 + random_() % 4;
    simple_ = random_() % 2 == 0;
    most_ = 1 + random_() % 30;
    for (auto n = random_() % 200; n > 0; --n) {
      const auto kind = random_() % kinds;
      groups_.push_back(kind == 3 ? "" : std::string(1, static_cast<char>('a' + kind)));
      queue_.push_back({{}, simple_ ? 1 : 1 + random_() % 4, simple_ ? 1000 : 1 + random_() % 40});
    }
    for (std::size_t i = 0; i < queue_.size(); ++i) queue_[i].group = groups_[i];
  }

  void run() {
    std::map<std::string, std::size_t> left, calls;
    for (const auto& item : queue_) ++left[std::string(item.group)];
    const auto all = left;
    while (!queue_.empty()) {
      const auto group = std::string(queue_.front().group);
      take();
      ++calls[group];
    }
    if (!simple_) return;
    for (const auto& [group, count] : all)
      EXPECT_EQ(calls[group], group.empty() ? count : (count + most_ - 1) / most_)
          << "the fewest calls";
  }

 private:
  void take() {
    const auto taken = plan_batch(queue_, most_);
    ASSERT_FALSE(taken.empty());
    EXPECT_EQ(taken.front(), 0u) << "nobody is overtaken for ever";
    std::size_t questions = 0;
    for (std::size_t n = 0; n < taken.size(); ++n) {
      const auto& item = queue_[taken[n]];
      if (n > 0) EXPECT_GT(taken[n], taken[n - 1]) << "oldest first, each once";
      EXPECT_EQ(item.group, queue_.front().group);
      EXPECT_LE(taken.size(), std::max<std::size_t>(item.most, 1));
      questions += item.questions;
    }
    EXPECT_TRUE(taken.size() == 1 || questions <= most_);
    for (auto at = taken.rbegin(); at != taken.rend(); ++at)
      queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(*at));
  }

  std::mt19937_64 random_;
  bool simple_ = false;
  std::size_t most_ = 1;
  std::vector<std::string> groups_;
  std::vector<batch_item> queue_;
};

TEST(BatchPlanner, AnyQueueIsTakenWholeInTheFewestCalls) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    drained(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace freshet
