#include "store/cache/cache_index.hpp"

#include <cassert>

namespace freshet {

void cache_index::insert(slot& s) {
  assert(find(s.hash, s.path()) == nullptr && "one slot per path");
  slots_.insert(s.hash, word_of(s), [](std::uint64_t known) { return slot_of(known)->hash; });
}

void cache_index::erase(slot& s) {
  assert(find(s.hash, s.path()) == &s && "erases what it holds");
  slots_.erase(s.hash, word_of(s));
}

void cache_index::apply(const index_update& update) {
  for (const auto& [at, present] : update.changes) present ? insert(*at) : erase(*at);
}

}  // namespace freshet
