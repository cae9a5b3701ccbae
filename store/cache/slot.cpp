#include "store/cache/slot.hpp"

#include <xxhash.h>

#include "store/memory/memory_account.hpp"

namespace freshet {

std::uint64_t path_hash(std::string_view path, std::uint64_t seed) {
  return XXH3_64bits_withSeed(path.data(), path.size(), seed);
}

std::size_t bytes_of(const slot& s) { return heap_bytes(sizeof(slot)) + heap_bytes(s.path); }

std::size_t bytes_of(const view& v) { return heap_bytes(sizeof(view)) + heap_bytes(v.fragment); }

std::size_t body_bytes_of(const entry& e) {
  return heap_bytes(sizeof(entry)) + heap_bytes(e.identity.head) + heap_bytes(e.identity.body);
}

std::size_t bytes_of(const representation& r) {
  return heap_bytes(sizeof(representation)) + heap_bytes(r.head) + heap_bytes(r.body);
}

std::size_t bytes_of(const body_file& f) { return heap_bytes(sizeof(body_file)) + f.bytes(); }

std::size_t encoding_bytes_of(const entry& e) {
  std::size_t sum = 0;
  for (const auto* coding : {&e.gzip, &e.brotli}) {
    if (const auto* r = coding->load(std::memory_order_acquire)) sum += bytes_of(*r);
  }
  if (const auto* file = e.file.load(std::memory_order_acquire)) sum += bytes_of(*file);
  return sum;
}

}  // namespace freshet
