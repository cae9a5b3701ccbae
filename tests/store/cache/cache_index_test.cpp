#include "store/cache/cache_index.hpp"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <random>

#include "tests/store/cache/pages.hpp"

namespace freshet {
namespace {

using test::make_view;
using test::path_of;

static_assert(coroutine_result<boost::asio::awaitable<void>>);
static_assert(coroutine_result<boost::asio::awaitable<int>>);
static_assert(!coroutine_result<void>);
static_assert(!coroutine_result<int>);

TEST(CacheIndex, FindsByPath) {
  cache_index index(7);
  slot a(path_hash("/a", 7), "/a", 0, 0);
  EXPECT_EQ(index.find("/a"), nullptr);
  index.insert(a);
  EXPECT_EQ(index.find("/a"), &a);
  EXPECT_EQ(index.find("/b"), nullptr);
  index.erase(a);
  EXPECT_EQ(index.find("/a"), nullptr);
  EXPECT_EQ(index.size(), 0u);
}

TEST(CacheIndex, EqualHashesAreToldApartByPath) {
  cache_index index(0);
  const std::uint64_t same = 0xfeed'0000'0000'beef;
  slot a(same, "/a", 0, 0);
  slot b(same, "/b", 0, 1);
  slot c(same, "/c", 0, 2);
  for (auto* s : {&a, &b, &c}) index.insert(*s);
  for (auto* s : {&a, &b, &c}) EXPECT_EQ(index.find(same, s->path()), s);
  EXPECT_EQ(index.find(same, "/d"), nullptr);
  index.erase(a);
  EXPECT_EQ(index.find(same, "/a"), nullptr);
  EXPECT_EQ(index.find(same, "/b"), &b);
  EXPECT_EQ(index.find(same, "/c"), &c);
  index.erase(c);
  EXPECT_EQ(index.find(same, "/b"), &b);
  index.erase(b);
  EXPECT_EQ(index.find(same, "/b"), nullptr);
  EXPECT_EQ(index.size(), 0u);
}

TEST(CacheIndex, AgreesWithAMap) {
  std::mt19937_64 random(11);
  for (const unsigned hash_bits : {2u, 64u}) {  // few hashes: nearly every slot has twins
    cache_index index(0);
    std::map<std::string, std::unique_ptr<slot>> model;
    const auto hash_of = [&](const std::string& path) {
      return hash_bits == 64 ? path_hash(path, 0) : path_hash(path, 0) >> 62 << 62;
    };
    for (int step = 0; step < 4000; ++step) {
      const auto path = path_of(random() % 100);
      auto& kept = model[path];
      ASSERT_EQ(index.find(hash_of(path), path), kept.get());
      if (kept) {
        index.erase(*kept);
        kept.reset();
      } else {
        kept = std::make_unique<slot>(hash_of(path), path, 0, 0);
        index.insert(*kept);
      }
    }
    std::size_t alive = 0;
    for (const auto& [path, kept] : model) {
      EXPECT_EQ(index.find(hash_of(path), path), kept.get());
      alive += kept != nullptr;
    }
    EXPECT_EQ(index.size(), alive);
  }
}

TEST(CacheIndex, LendsTheViewAndCountsTheHit) {
  cache_index index(1);
  slot s(path_hash("/a", 1), "/a", 3, 0);
  index.insert(s);
  const auto never = [](const slot&, const view&) { FAIL(); };
  EXPECT_FALSE(index.with("/a", never));  // known, no view
  EXPECT_FALSE(index.with("/b", never));
  EXPECT_EQ(s.popularity.load(), 0);

  const auto v = view::make(make_view(5));
  s.current.store(v.get());
  entry_ptr kept;
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(index.with("/a", [&](const slot& at, const view& lent) {
      EXPECT_EQ(&at, &s);
      EXPECT_TRUE(index.lent());
      kept = lent.content;
    }));
  }
  EXPECT_EQ(kept->version, 5u);
  EXPECT_FALSE(index.lent());
  EXPECT_EQ(s.popularity.load(), 3);  // saturates
}

TEST(CacheIndex, TheSeedChangesTheHash) {
  EXPECT_NE(path_hash("/a", 1), path_hash("/a", 2));
  EXPECT_EQ(path_hash("/a", 1), path_hash("/a", 1));
}

TEST(CacheIndex, BytesGrowWithTheTableAndStayAfterErase) {
  cache_index index(0);
  const auto empty = index.bytes();
  std::vector<std::unique_ptr<slot>> slots;
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto path = path_of(i);
    slots.push_back(std::make_unique<slot>(path_hash(path, 0), path, 0, i));
    index.insert(*slots.back());
  }
  EXPECT_GE(index.bytes(), empty + 1000 * 8);
  const auto full = index.bytes();
  for (auto& s : slots) index.erase(*s);
  EXPECT_EQ(index.bytes(), full);
}

}  // namespace
}  // namespace freshet
