#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace freshet::fuzz {

/// Spoils seeds, the same way in every run: what keeps the targets honest where libFuzzer is not
/// linked. It knows nothing of coverage; the real search is `fuzz/run`.
///
/// Shape: never longer than `bytes_max`; with no seeds it begins from the empty text.
class mutator {
 public:
  static constexpr std::size_t bytes_max = 4096;

  mutator(std::vector<std::string> seeds, std::uint64_t seed);

  std::string next();

 private:
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  const std::string& pick() { return seeds_[below(seeds_.size())]; }
  char odd_byte();
  std::string piece_of(const std::string& text);
  void spoil(std::string& text);

  std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

}  // namespace freshet::fuzz
