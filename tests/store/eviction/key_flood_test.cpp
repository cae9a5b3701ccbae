#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/store/eviction/store.hpp"

namespace freshet {
namespace {

std::size_t keys_offered() {
  const char* text = std::getenv("FRESHET_TEST_KEYS");  // 10000000 at night
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

// A client invents names: memory is bounded and the pages that others ask for stay.
TEST(KeyFlood, MemoryIsBoundedAndKnownPagesStillHit) {
  const std::size_t limit = 8u << 20;
  test::store store(limit);
  std::mt19937 random(1);
  std::size_t hits = 0, asked = 0;
  for (std::size_t i = 0; i < 200; ++i) store.build(test::path_of(i), 40);
  const auto keys = keys_offered();
  for (std::size_t i = 0; i < keys; ++i) {
    store.build(fmt::format("/flood/{:x}", i), 40);
    ASSERT_LE(store.account.used(), limit);
    if (i % 8 != 0) continue;
    ++asked;
    const auto page = test::path_of(random() % 200);
    if (store.has_body(page)) {
      ++hits;
    } else {
      store.build(page, 40);
    }
  }
  EXPECT_GT(store.evict.pages_dropped(), keys - limit / 256);
  EXPECT_GT(hits * 100, asked * 99);
  EXPECT_LT(store.next_ref, limit / 128);  // rows are used again
}

}  // namespace
}  // namespace freshet
