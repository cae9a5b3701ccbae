#include "connectors/ingest/dedupe.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <new>

namespace freshet {
namespace {

XXH128_hash_t identity(const event& e) {
  const auto topic = XXH3_64bits(e.topic.data(), e.topic.size());
  const auto rest = e.id.empty() ? e.bytes : e.id;
  // The seed keeps an id from meaning the same as equal body bytes.
  return XXH3_128bits_withSeed(rest.data(), rest.size(), e.id.empty() ? topic : ~topic);
}

/// Zeroes that the kernel makes when they are touched.
template <class T>
T* zeroes(std::size_t count) {
  void* const at = std::calloc(count, sizeof(T));
  if (at == nullptr) throw std::bad_alloc();
  return static_cast<T*>(at);
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> identity_of(const event& e) {
  const auto id = identity(e);
  return {id.high64, id.low64};
}

dedupe::dedupe(std::size_t most)
    : ways_(std::min(most, ring)),
      rings_(std::bit_floor(std::max<std::size_t>(most / ring, 1))),
      seen_(zeroes<std::uint64_t>(rings_ * ways_)),
      heads_(zeroes<head>(rings_)) {}

bool dedupe::first_time(const event& e) {
  const auto id = identity(e);
  const std::size_t in = id.high64 & (rings_ - 1);
  std::uint64_t* const all = seen_.get() + in * ways_;
  head& h = heads_[in];
  if (std::find(all, all + h.used, id.low64) != all + h.used) return false;
  if (h.used < ways_) {
    touched_ += h.used == 0 ? 1u : 0u;
    all[h.used++] = id.low64;
    ++size_;
    return true;
  }
  all[h.next] = id.low64;
  h.next = static_cast<std::uint8_t>((h.next + 1u) % ways_);
  return true;
}

void dedupe::copy(const dedupe& other) {
  if (rings_ != other.rings_ || ways_ != other.ways_) return;
  std::copy_n(other.seen_.get(), rings_ * ways_, seen_.get());
  std::copy_n(other.heads_.get(), rings_, heads_.get());
  size_ = other.size_;
  touched_ = other.touched_;
}

std::size_t dedupe::bytes() const {
  constexpr std::size_t page = 4096;
  const auto each = (ways_ * sizeof(std::uint64_t) + page - 1) / page * page;
  return std::min(touched_ * each, rings_ * ways_ * sizeof(std::uint64_t)) + rings_ * sizeof(head);
}

}  // namespace freshet
