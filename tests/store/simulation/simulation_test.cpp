#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/store/simulation/crash_world.hpp"
#include "tests/store/simulation/world.hpp"

namespace freshet::test {
namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

/// FRESHET_SIM_SEEDS=n lives through n worlds of each kind; FRESHET_SIM_SEED=n through that one.
/// `live` answers what went wrong.
template <class F>
void each_seed(std::uint64_t usual, F live) {
  if (const auto seed = number_from("FRESHET_SIM_SEED")) {
    EXPECT_EQ(live(*seed), "");
    return;
  }
  std::uint64_t seeds = number_from("FRESHET_SIM_SEEDS").value_or(usual);
#ifdef FRESHET_SANITIZED
  seeds = std::max<std::uint64_t>(seeds / 20, 1);
#endif
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    ASSERT_EQ(live(seed), "") << "reproduce with FRESHET_SIM_SEED=" << seed;
}

TEST(Simulation, EveryWorldComesToRestWithEveryPageRight) {
  each_seed(50'000, [](std::uint64_t seed) { return world(seed).run(); });
}

TEST(Simulation, TheSameSeedIsTheSameWorld) { EXPECT_EQ(world(42).run(), world(42).run()); }

TEST(CrashSimulation, WhateverEndsARunThePagesComeRightInTheLast) {
  std::uint64_t crashes = 0, clean_ends = 0;
  each_seed(50'000, [&](std::uint64_t seed) {
    crash_world one(seed, std::make_unique<model_disk>());
    const auto wrong = one.run();
    crashes += one.crashes();
    clean_ends += one.clean_ends();
    return wrong;
  });
  RecordProperty("crashes", std::to_string(crashes));
  RecordProperty("clean_ends", std::to_string(clean_ends));
}

/// The model of the disk and the disk: the same worlds on the journal's own file.
TEST(CrashSimulation, TheSameOnTheJournalsOwnFile) {
  each_seed(40, [](std::uint64_t seed) {
    auto folder = (std::filesystem::temp_directory_path() / "freshet-disk-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return std::string("no folder for the test");
    return crash_world(seed, make_file_disk(folder)).run();
  });
}

}  // namespace
}  // namespace freshet::test
