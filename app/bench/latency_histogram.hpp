#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace freshet::app {

/// Durations counted in log-linear buckets: 64 to each power of two, so that a quantile is at most
/// 1/64 too high, never too low.
///
/// Shape:    a fixed 18 KiB; from 1 ns to 18 minutes, beyond counts as the last bucket.
/// Threads:  a value.
/// Source:   the idea of HdrHistogram.
class latency_histogram {
 public:
  void add(std::chrono::nanoseconds took);
  void clear() { *this = {}; }

  std::uint64_t count() const { return count_; }
  /// The duration that a part of `q` (0 to 1) did not exceed; nothing when nothing was counted.
  std::optional<std::chrono::nanoseconds> quantile(double q) const;
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }

 private:
  static constexpr unsigned linear_bits = 6;
  static constexpr unsigned value_bits = 40;
  static constexpr std::size_t buckets = std::size_t{value_bits - linear_bits + 1} << linear_bits;
  static std::size_t index_of(std::uint64_t value);
  static std::uint64_t highest_of(std::size_t index);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace freshet::app
