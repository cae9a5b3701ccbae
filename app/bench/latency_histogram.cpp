#include "app/bench/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace freshet::app {

/// Below 128 each value has its bucket; above, the seven highest bits name it.
std::size_t latency_histogram::index_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= linear_bits + 1) return value;
  const unsigned dropped = width - (linear_bits + 1);
  return (std::size_t{dropped} << linear_bits) + (value >> dropped);
}

std::uint64_t latency_histogram::highest_of(std::size_t index) {
  if (index < (std::size_t{2} << linear_bits)) return index;
  const std::size_t dropped = (index >> linear_bits) - 1;
  const std::size_t high_bits = index - (dropped << linear_bits);
  return ((std::uint64_t{high_bits} + 1) << dropped) - 1;
}

void latency_histogram::add(std::chrono::nanoseconds took) {
  const auto value = std::max<std::int64_t>(took.count(), 0);
  const auto counted = std::min<std::int64_t>(value, (std::int64_t{1} << value_bits) - 1);
  ++counts_[index_of(static_cast<std::uint64_t>(counted))];
  ++count_;
  max_ = std::max(max_, value);
}

std::optional<std::chrono::nanoseconds> latency_histogram::quantile(double q) const {
  if (count_ == 0) return {};
  const double part = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(part), 1);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    below += counts_[i];
    if (below < rank) continue;
    const auto highest = static_cast<std::int64_t>(highest_of(i));
    return std::chrono::nanoseconds(std::min(highest, max_));
  }
  return max();
}

}  // namespace freshet::app
