#include "store/memory/hash_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace freshet {
namespace {

/// Values 1.. with a hash each, as rows that the caller owns.
struct rows {
  std::vector<std::uint64_t> hashes{0};
  hash_directory directory;

  std::uint64_t add(std::uint64_t hash) {
    hashes.push_back(hash);
    const auto value = hashes.size() - 1;
    directory.insert(hash, value, [this](std::uint64_t v) { return hashes[v]; });
    return value;
  }
  bool has(std::uint64_t value) const {
    return directory.find(hashes[value], [&](std::uint64_t v) { return v == value; }) == value;
  }
};

std::uint64_t mixed(std::uint64_t n) {
  n = (n ^ (n >> 31)) * 0x9E3779B97F4A7C15u;
  return n ^ (n >> 29);
}

TEST(HashDirectory, FindsWhatIsThereAndNothingElse) {
  rows all;
  const auto any = [](std::uint64_t) { return true; };
  EXPECT_EQ(all.directory.find(5, any), 0u);
  const auto a = all.add(5);
  EXPECT_EQ(all.directory.find(5, any), a);
  EXPECT_EQ(all.directory.find(5, [](std::uint64_t) { return false; }), 0u);
  EXPECT_EQ(all.directory.find(6, any), 0u);
  all.directory.erase(5, a);
  EXPECT_EQ(all.directory.find(5, any), 0u);
  EXPECT_EQ(all.directory.size(), 0u);
}

TEST(HashDirectory, KeepsEverythingAcrossSplits) {
  rows all;
  for (std::uint64_t n = 0; n < 20'000; ++n) all.add(mixed(n + 1));
  EXPECT_EQ(all.directory.size(), 20'000u);
  for (std::uint64_t value = 1; value <= 20'000; ++value) ASSERT_TRUE(all.has(value));
}

TEST(HashDirectory, AgreesWithAMapWhereHashesShareManyBits) {
  for (const unsigned bits : {1u, 8u, 20u, 64u}) {
    std::mt19937_64 random(bits);
    rows all;
    std::map<std::uint64_t, std::uint64_t> alive;  // by value: its hash
    for (int step = 0; step < 6000; ++step) {
      const bool more = alive.size() < 1500 || random() % 2 == 0;
      if (more && alive.size() < 3000) {
        const auto hash = bits == 64 ? random() : mixed(random() % (std::uint64_t{1} << bits));
        alive.emplace(all.add(hash), hash);
      } else {
        auto gone = alive.lower_bound(random() % all.hashes.size());
        if (gone == alive.end()) gone = alive.begin();
        all.directory.erase(gone->second, gone->first);
        ASSERT_FALSE(all.has(gone->first));
        alive.erase(gone);
      }
    }
    for (const auto& [value, hash] : alive) ASSERT_TRUE(all.has(value)) << bits;
    EXPECT_EQ(all.directory.size(), alive.size());
  }
}

TEST(HashDirectory, ManyEqualHashesDoNotGrowTheDirectoryForEver) {
  rows all;
  for (int n = 0; n < 2000; ++n) all.add(77);
  for (std::uint64_t value = 1; value <= 2000; ++value) ASSERT_TRUE(all.has(value));
  EXPECT_LT(all.directory.bytes(), 200'000u);
  for (std::uint64_t value = 1; value <= 2000; ++value) all.directory.erase(77, value);
  EXPECT_EQ(all.directory.size(), 0u);
  EXPECT_EQ(all.directory.find(77, [](std::uint64_t) { return true; }), 0u);
}

TEST(HashDirectory, CostsAtMostThirtyBytesAWord) {
  rows all;
  for (std::uint64_t n = 1; n <= 100'000; ++n) {
    all.add(mixed(n));
    if (n % 10'000 == 0) EXPECT_LT(all.directory.bytes(), 30 * n) << n;
  }
}

}  // namespace
}  // namespace freshet
