#include "store/eviction/ghost_list.hpp"

#include <gtest/gtest.h>

#include <random>

namespace freshet {
namespace {

TEST(GhostList, RemembersUntilAsked) {
  ghost_list ghosts(4);
  ghosts.remember({.hash = 1, .version = 10, .content = {{'e'}, 200}});
  EXPECT_EQ(ghosts.peek(1)->version, 10u);
  EXPECT_EQ(ghosts.take(1)->content, content_mark({'e'}, 200));
  EXPECT_FALSE(ghosts.take(1));
}

TEST(GhostList, TheOldestGoesFirst) {
  ghost_list ghosts(3);
  for (std::uint64_t h = 1; h <= 5; ++h) ghosts.remember({.hash = h, .version = h * 10});
  EXPECT_EQ(ghosts.size(), 3u);
  EXPECT_FALSE(ghosts.peek(2));
  for (std::uint64_t h = 3; h <= 5; ++h) EXPECT_EQ(ghosts.peek(h)->version, h * 10);
}

TEST(GhostList, TheNewerMemoryOfAKeyCounts) {
  ghost_list ghosts(3);
  ghosts.remember({.hash = 1, .version = 10});
  ghosts.remember({.hash = 1, .version = 20});
  ghosts.remember({.hash = 2});
  ghosts.remember({.hash = 3});  // overwrites the first row, which is not the ghost of 1 any more
  EXPECT_EQ(ghosts.peek(1)->version, 20u);
  ghosts.remember({.hash = 4});
  EXPECT_FALSE(ghosts.peek(1));
}

TEST(GhostList, NoneIsAllowed) {
  ghost_list ghosts(0);
  ghosts.remember({.hash = 1});
  EXPECT_FALSE(ghosts.take(1));
}

TEST(GhostList, NeverGrows) {
  const std::size_t limit = 1 << 20;
  ghost_list ghosts(ghost_list::max_for(limit));
  const auto before = ghosts.bytes();
  EXPECT_LE(before, limit / 32 + 1024);
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    ghosts.remember({.hash = random()});
    if (i % 3 == 0) ghosts.take(random());
  }
  EXPECT_EQ(ghosts.bytes(), before);
  EXPECT_EQ(ghosts.size(), ghost_list::max_for(limit));
}

}  // namespace
}  // namespace freshet
