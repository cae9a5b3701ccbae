#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/entry.hpp"

namespace freshet {

/// XXH3 of a canonical path. The seed is drawn once per process, so that nobody outside can prepare
/// paths that collide.
std::uint64_t path_hash(std::string_view path, std::uint64_t seed);

/// The stable place of one page key, shared by all loops.
///
/// Shape:    `current` is null until the first publish and again from the moment of its erasure.
///           `popularity` is 0..3.
/// Lifetime: made and freed by cache_home; freed a grace round after every loop forgot it.
/// Threads:  hash, path, page and ref never change. Home alone exchanges `current`; any loop loads
/// it
///           (acquire) and may lend what it points to until its handler ends. Popularity is a
///           guess: it is loaded and stored, never incremented, so a hit does not fight for the
///           cache line once the page is hot.
struct slot {
  const std::uint64_t hash;
  const std::string path;
  const class_id page;
  const page_ref ref;
  mutable std::atomic<std::uint8_t> popularity{0};
  std::atomic<const view*> current{nullptr};
  /// Home only: what the account was charged for encodings. The entry's own are not the measure:
  /// during a reload two stores share it.
  std::size_t encoding_bytes = 0;

  slot(std::uint64_t h, std::string_view p, class_id c, page_ref r)
      : hash(h), path(p), page(c), ref(r) {}
  slot(const slot&) = delete;

  void touch() const {
    const auto heat = popularity.load(std::memory_order_relaxed);
    if (heat < 3) {
      popularity.store(static_cast<std::uint8_t>(heat + 1), std::memory_order_relaxed);
    }
  }
};

/// Heap bytes of each part of a page, as memory_account counts them.
std::size_t bytes_of(const slot& s);
std::size_t bytes_of(const view& v);        // without its entry
std::size_t body_bytes_of(const entry& e);  // without its encodings
std::size_t encoding_bytes_of(const entry& e);
std::size_t bytes_of(const representation& r);  // one encoding
std::size_t bytes_of(const body_file& f);       // counts as one

}  // namespace freshet
