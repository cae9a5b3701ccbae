#include "store/eviction/s3_fifo.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <vector>

namespace freshet {
namespace {

struct fixture : testing::Test {
  std::array<s3_fifo::popularity_byte, 4096> heat{};
  s3_fifo queues{[this](page_ref ref) -> auto& { return heat[ref]; }};

  void put(page_ref ref, std::size_t bytes = 10, bool proven = false) {
    queues.insert(ref, bytes, proven);
  }
};
using S3Fifo = fixture;

TEST_F(S3Fifo, EmptyHasNobodyToName) { EXPECT_EQ(queues.choose().ref, no_page); }

TEST_F(S3Fifo, TheOldestNewcomerGoesFirst) {
  for (page_ref r = 0; r < 3; ++r) put(r);
  for (page_ref r = 0; r < 3; ++r) EXPECT_EQ(queues.choose().ref, r);
  EXPECT_EQ(queues.size(), 0u);
  EXPECT_EQ(queues.small_bytes() + queues.main_bytes(), 0u);
}

TEST_F(S3Fifo, AskedMoreThanOnceMovesToMain) {
  for (page_ref r = 0; r < 3; ++r) put(r);
  heat[0] = 2;
  heat[1] = 1;  // once may have been the visitor it was built for
  EXPECT_EQ(queues.choose().ref, 1u);
  EXPECT_EQ(queues.main_bytes(), 10u);
  EXPECT_EQ(heat[0], 0);
}

TEST_F(S3Fifo, AScanDoesNotPushOutTheProven) {
  for (page_ref r = 0; r < 100; ++r) put(r, 10, true);
  for (page_ref r = 1000; r < 3000; ++r) {
    put(r);
    if (queues.size() > 120) {
      const auto gone = queues.choose();
      EXPECT_GE(gone.ref, 1000u);
    }
  }
}

TEST_F(S3Fifo, MainGoesRoundOncePerPoint) {
  for (page_ref r = 0; r < 3; ++r) put(r, 10, true);
  heat[0] = 2;
  heat[1] = 1;
  EXPECT_EQ(queues.choose().ref, 2u);
  EXPECT_EQ(queues.choose().ref, 1u);
  EXPECT_EQ(queues.choose().ref, 0u);
}

TEST_F(S3Fifo, AChoiceIsBoundedWhenAllAreHot) {
  for (page_ref r = 0; r < 2000; ++r) {
    put(r, 10, true);
    heat[r] = 3;
  }
  EXPECT_EQ(queues.choose().ref, s3_fifo::steps_max);
}

TEST_F(S3Fifo, HeldIsNotChosen) {
  put(0);
  put(1);
  queues.hold(0);
  queues.hold(0);
  EXPECT_EQ(queues.held_bytes(), 10u);
  queues.resize(0, 25);
  EXPECT_EQ(queues.held_bytes(), 25u);
  EXPECT_EQ(queues.choose().ref, 1u);
  EXPECT_EQ(queues.choose().ref, no_page);
  queues.let_go(0, false);
  const auto gone = queues.choose();
  EXPECT_EQ(gone.ref, 0u);
  EXPECT_EQ(gone.bytes, 25u);
}

// Random work; sums and membership against a map, and each choice is somebody who is there.
TEST_F(S3Fifo, AgreesWithAMap) {
  struct known {
    std::size_t bytes;
    bool held;
  };
  std::map<page_ref, known> model;
  std::mt19937 random(3);
  for (int step = 0; step < 20'000; ++step) {
    const page_ref r = random() % 200;
    const auto it = model.find(r);
    const auto roll = random() % 10;
    if (it == model.end()) {
      const std::size_t bytes = random() % 1000;
      put(r, bytes, roll == 0);
      model[r] = {bytes, false};
    } else if (roll == 0) {
      queues.erase(r);
      model.erase(it);
    } else if (roll == 1) {
      queues.resize(r, it->second.bytes = random() % 1000);
    } else if (roll == 2) {
      it->second.held ? queues.let_go(r, r % 2 == 0) : queues.hold(r);
      it->second.held = !it->second.held;
    } else if (roll == 3) {
      const auto gone = queues.choose();
      if (gone.ref == no_page) continue;
      ASSERT_TRUE(model.contains(gone.ref));
      ASSERT_FALSE(model[gone.ref].held);
      ASSERT_EQ(model[gone.ref].bytes, gone.bytes);
      model.erase(gone.ref);
    } else {
      heat[r] = static_cast<std::uint8_t>(roll % 4);
    }
    std::size_t queued = 0, held = 0;
    for (const auto& [ref, k] : model) (k.held ? held : queued) += k.bytes;
    ASSERT_EQ(queues.small_bytes() + queues.main_bytes(), queued);
    ASSERT_EQ(queues.held_bytes(), held);
    ASSERT_EQ(queues.size(), model.size());
  }
}

}  // namespace
}  // namespace freshet
