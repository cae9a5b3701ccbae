#include "store/cache/slot.hpp"

#include <xxhash.h>

namespace freshet {

std::uint64_t path_hash(std::string_view path, std::uint64_t seed) {
  return XXH3_64bits_withSeed(path.data(), path.size(), seed);
}

slot::slot(std::uint64_t h, std::string_view path, class_id c, page_ref r)
    : hash(h), ref(r), page(c), path_bytes_(static_cast<std::uint32_t>(path.size())) {
  char* at = here_;
  if (!is_short()) {
    at = new char[path.size()];
    std::memcpy(here_, &at, sizeof at);
  }
  std::memcpy(at, path.data(), path.size());
}

slot::~slot() {
  if (!is_short()) delete[] elsewhere();
}

std::size_t bytes_of(const slot& s) { return sizeof(slot) + s.heap_bytes_beside(); }

std::size_t bytes_of(const view& v) { return heap_bytes(sizeof(view) + v.fragment().size()); }

std::size_t body_bytes_of(const entry& e) { return heap_bytes(sizeof(entry) + e.body().size()); }

std::size_t bytes_of(const representation& r) {
  return heap_bytes(sizeof(representation)) + heap_bytes(r.body);
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
