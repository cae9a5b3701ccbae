#include "connectors/inspect/page_census.hpp"

#include <gtest/gtest.h>

#include "tests/connectors/inspect/world.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::inspect_world;

class Census : public testing::Test {
 protected:
  inspect_world w{test::two_pages, {.memory = 256u << 20}};
  page_census census{*w.store};

  void know(std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i) w.know("/packages/p" + std::to_string(i) + ".json");
  }
  std::size_t known(std::chrono::nanoseconds age = 0ns) {
    return census.tallies(w.time.now(), age)[1].known;
  }
};

TEST_F(Census, FewPagesAreCountedOnTheSpot) {
  EXPECT_EQ(known(), 0u);
  know(0, 10);
  EXPECT_EQ(known(1s), 0u) << "young enough for one scrape";
  EXPECT_EQ(known(), 10u);
  EXPECT_FALSE(census.tick(w.time.now())) << "nothing to walk";
}

TEST_F(Census, ManyPagesAreCountedBySlices) {
  EXPECT_EQ(known(), 0u);
  const auto many = 2 * page_census::slice_rows + 5;
  know(0, many);
  EXPECT_FALSE(census.tick(w.time.now())) << "nobody asked";
  EXPECT_EQ(known(), 0u);
  EXPECT_TRUE(census.tick(w.time.now()));
  know(many, many + 3);  // they come before the walk does
  EXPECT_EQ(known(), 0u) << "half a count is none";
  EXPECT_TRUE(census.tick(w.time.now()));
  EXPECT_FALSE(census.tick(w.time.now()));
  EXPECT_EQ(known(1s), many + 3);
  EXPECT_FALSE(census.tick(w.time.now())) << "until somebody asks again";
}

TEST_F(Census, TheFirstAnswerIsWhole) {
  know(0, page_census::at_once + 1);
  EXPECT_EQ(known(), page_census::at_once + 1);
}

TEST_F(Census, TheGaugesOfTheInspectorReadIt) {
  const auto page = w.know("/packages/guake.json");
  EXPECT_EQ(w.metric("freshet_pages{page=\"overview\",state=\"known\"}"), "1");
  EXPECT_EQ(w.metric("freshet_pages{page=\"overview\",state=\"missing\"}"), "1");
  EXPECT_EQ(w.metric("freshet_pages{page=\"builds\",state=\"known\"}"), "0");
  w.store->ask(page, lane::visitor, cause::miss, w.time.now());
  ASSERT_TRUE(w.refresh(page, "{}"));
  w.time.advance(1s);
  EXPECT_EQ(w.metric("freshet_pages{page=\"overview\",state=\"missing\"}"), "0");
  EXPECT_EQ(w.metric("freshet_pages{page=\"overview\",state=\"cached\"}"), "1");
}

}  // namespace
}  // namespace freshet
