#include "store/page/page_key.hpp"

#include <xxhash.h>

namespace freshet {

std::uint64_t hash_of(const page_key& key) {
  std::uint64_t hash = key.page;
  for (const auto& value : key.values) {
    // The seed chains the values; XXH3 mixes in the length of each.
    hash = XXH3_64bits_withSeed(value.data(), value.size(), hash + 0x9E3779B97F4A7C15u);
  }
  return hash;
}

}  // namespace freshet
