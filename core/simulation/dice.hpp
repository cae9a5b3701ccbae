#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace freshet {

/// Chance that follows from a seed alone, in whole numbers only, so that every machine throws the
/// same.
///
/// Threads: the owner's only.
class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  /// 0 .. n - 1. REQUIRES: n > 0.
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// Whole milliseconds, both ends among them.
  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
    const auto width = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + std::chrono::milliseconds{static_cast<std::int64_t>(below(width))};
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace freshet
