#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/store/simulation/world.hpp"

namespace freshet::test {
namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

// FRESHET_SIM_SEEDS=n runs n worlds; FRESHET_SIM_SEED=n runs that one world alone.
TEST(Simulation, EveryWorldComesToRestWithEveryPageRight) {
  if (const auto seed = number_from("FRESHET_SIM_SEED")) {
    EXPECT_EQ(world(*seed).run(), "");
    return;
  }
  std::uint64_t seeds = number_from("FRESHET_SIM_SEEDS").value_or(10'000);
#ifdef FRESHET_SANITIZED
  seeds = std::max<std::uint64_t>(seeds / 20, 1);
#endif
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    ASSERT_EQ(world(seed).run(), "") << "reproduce with FRESHET_SIM_SEED=" << seed;
  }
}

TEST(Simulation, TheSameSeedIsTheSameWorld) { EXPECT_EQ(world(42).run(), world(42).run()); }

}  // namespace
}  // namespace freshet::test
