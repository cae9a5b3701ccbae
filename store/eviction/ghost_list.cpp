#include "store/eviction/ghost_list.hpp"

#include <xxhash.h>

#include "store/memory/memory_account.hpp"

namespace freshet {

content_mark::content_mark(const std::array<char, 32>& etag, std::uint16_t status)
    : hash_(XXH3_64bits_withSeed(etag.data(), etag.size(), status)) {}

ghost_list::ghost_list(std::size_t ghosts_max) : ring_(ghosts_max) { places_.reserve(ghosts_max); }

void ghost_list::remember(const ghost& g) {
  if (ring_.empty()) return;
  auto& row = ring_[next_];
  const auto oldest = places_.find(row.hash);
  if (oldest != places_.end() && oldest->second == next_) places_.erase(oldest);
  row = g;
  places_[g.hash] = static_cast<std::uint32_t>(next_);
  next_ = next_ + 1 == ring_.size() ? 0 : next_ + 1;
}

std::optional<ghost> ghost_list::peek(std::uint64_t hash) const {
  const auto it = places_.find(hash);
  if (it == places_.end()) return std::nullopt;
  return ring_[it->second];
}

std::optional<ghost> ghost_list::take(std::uint64_t hash) {
  auto found = peek(hash);
  if (found) places_.erase(hash);
  return found;
}

std::size_t ghost_list::bytes() const {
  return heap_bytes(ring_.capacity() * sizeof(ghost)) +
         heap_bytes(places_.capacity() * (1 + sizeof(decltype(places_)::value_type)) + 16 + 8);
}

}  // namespace freshet
