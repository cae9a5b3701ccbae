#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "store/cache/slot.hpp"

namespace freshet::bench {

inline std::string path_of(std::size_t n) { return fmt::format("/packages/p{}/builds.json", n); }

/// A version.
inline entry_ptr make_entry(sequence version, std::size_t body_bytes = 200) {
  auto made = entry::make(std::string(body_bytes, static_cast<char>('a' + version % 26)));
  made->version = version;
  fmt::format_to_n(made->etag.begin(), 32, "{:032x}", version);
  return made;
}

enum class spread : std::uint8_t { uniform, zipf };

/// Which key is asked for next: Zipf with exponent 0.99 as in YCSB, drawn by inverting a table.
class key_choice {
 public:
  key_choice(std::size_t keys, spread how, std::uint64_t seed) : keys_(keys), random_(seed) {
    if (how == spread::uniform) return;
    sums_.reserve(keys);
    double sum = 0;
    for (std::size_t n = 1; n <= keys; ++n) {
      sums_.push_back(sum += 1 / std::pow(static_cast<double>(n), 0.99));
    }
  }

  std::size_t next() {
    if (sums_.empty()) return random_() % keys_;
    const double at = std::uniform_real_distribution(0.0, sums_.back())(random_);
    const auto rank = std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin();
    return static_cast<std::size_t>(rank) * 2654435761u % keys_;  // the hot ones are not neighbours
  }

 private:
  std::size_t keys_;
  std::mt19937_64 random_;
  std::vector<double> sums_;
};

/// The questions of one run, in the order in which they are asked: a socket buffer is hot as well.
class questions {
 public:
  static constexpr std::size_t count = std::size_t{1} << 18;

  /// `miss`: keys that nobody has.
  questions(std::size_t keys, spread how, bool miss, std::uint64_t seed = 7) : texts_(count) {
    key_choice choice(keys, how, seed);
    for (auto& text : texts_) {
      const auto path = path_of(choice.next() + (miss ? keys : 0));
      text.bytes = static_cast<std::uint8_t>(path.copy(text.data.data(), text.data.size()));
      text.hash = path_hash(path, 1);
    }
  }

  std::string_view next() {
    const auto& text = texts_[at_++ % count];
    return {text.data.data(), text.bytes};
  }
  /// What path_hash(next(), 1) would be, without its cost.
  std::uint64_t next_hash() { return texts_[at_++ % count].hash; }

 private:
  struct fixed {
    std::uint64_t hash = 0;
    std::uint8_t bytes = 0;
    std::array<char, 39> data;
  };
  std::vector<fixed> texts_;
  std::size_t at_ = 0;
};

}  // namespace freshet::bench
