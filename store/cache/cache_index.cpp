#include "store/cache/cache_index.hpp"

#include <algorithm>
#include <cassert>

#include "store/memory/memory_account.hpp"

namespace freshet {

cache_index::cache_index(std::uint64_t seed, unsigned shard_bits)
    : shards_(std::size_t{1} << shard_bits), seed_(seed), shard_bits_(shard_bits) {
  assert(shard_bits <= 16);
}

const slot* cache_index::find(std::uint64_t hash, std::string_view path) const {
  const auto& in = shards_[shard_of(hash)];
  const auto it = in.find(hash);
  if (it == in.end()) return nullptr;
  if (it->second->path == path) return it->second;
  return twins_.empty() ? nullptr : find_twin(hash, path);
}

const slot* cache_index::find_twin(std::uint64_t hash, std::string_view path) const {
  for (const slot* s : twins_) {
    if (s->hash == hash && s->path == path) return s;
  }
  return nullptr;
}

void cache_index::insert(slot& s) {
  assert(find(s.hash, s.path) == nullptr && "one slot per path");
  auto& in = shards_[shard_of(s.hash)];
  const auto before = bytes_of(in);
  const bool first = in.try_emplace(s.hash, &s).second;
  if (!first) twins_.push_back(&s);
  shard_bytes_ += bytes_of(in) - before;
  ++size_;
}

void cache_index::erase(slot& s) {
  auto& in = shards_[shard_of(s.hash)];
  const auto it = in.find(s.hash);
  assert(it != in.end() && "erases what it holds");
  const auto has_hash = [&s](const slot* t) { return t->hash == s.hash; };
  if (it->second != &s) {
    const auto twin = std::find(twins_.begin(), twins_.end(), &s);
    assert(twin != twins_.end() && "erases what it holds");
    twins_.erase(twin);
  } else if (auto heir = std::find_if(twins_.begin(), twins_.end(), has_hash);
             heir != twins_.end()) {
    it->second = *heir;
    twins_.erase(heir);
  } else {
    const auto before = bytes_of(in);
    in.erase(it);
    shard_bytes_ -= before - bytes_of(in);
  }
  --size_;
}

void cache_index::apply(const index_update& update) {
  for (const auto& [at, present] : update.changes) present ? insert(*at) : erase(*at);
}

std::size_t cache_index::bytes() const {
  return heap_bytes(shards_.size() * sizeof(shard)) + shard_bytes_ +
         heap_bytes(twins_.capacity() * sizeof(slot*));
}

std::size_t cache_index::bytes_of(const shard& s) {
  // a control byte and a value per place, 16 control bytes that repeat the first, alignment
  const auto places = s.capacity();
  return places == 0 ? 0 : heap_bytes(places * (1 + sizeof(shard::value_type)) + 16 + 8);
}

}  // namespace freshet
