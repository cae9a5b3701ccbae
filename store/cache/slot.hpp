#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "store/entry.hpp"
#include "store/memory/memory_account.hpp"

namespace freshet {

/// XXH3 of a canonical path. The seed is drawn once per process, so that nobody outside can prepare
/// paths that collide.
std::uint64_t path_hash(std::string_view path, std::uint64_t seed);

/// The stable place of one page key, shared by all loops.
///
/// Shape:    one cache line, a short path in it, so that a hit touches nothing else before its
///           view. `current` is null until the first publish and again from the moment of its
///           erasure. `popularity` is 0..3.
/// Lifetime: made and freed by cache_home; freed a grace round after every loop forgot it.
/// Threads:  hash, path, page and ref never change. Home alone exchanges `current`; any loop loads
///           it (acquire) and may lend what it points to until its handler ends. Popularity is a
///           guess: it is loaded and stored, never incremented, so a hit does not fight for the
///           cache line once the page is hot.
struct alignas(64) slot {
  std::atomic<const view*> current{nullptr};
  const std::uint64_t hash;
  const page_ref ref;
  /// Home only: what the account was charged for encodings. The entry's own are not the measure:
  /// during a reload two stores share it.
  std::uint32_t encoding_bytes = 0;
  const class_id page;
  mutable std::atomic<std::uint8_t> popularity{0};

  slot(std::uint64_t h, std::string_view path, class_id c, page_ref r);
  ~slot();
  slot(const slot&) = delete;

  /// What its path takes outside of itself.
  std::size_t heap_bytes_beside() const { return is_short() ? 0 : heap_bytes(path_bytes_); }
  std::string_view path() const { return {is_short() ? here_ : elsewhere(), path_bytes_}; }

  void touch() const {
    const auto heat = popularity.load(std::memory_order_relaxed);
    if (heat < 3) {
      popularity.store(static_cast<std::uint8_t>(heat + 1), std::memory_order_relaxed);
    }
  }

 private:
  bool is_short() const { return path_bytes_ <= sizeof here_; }
  const char* elsewhere() const {
    const char* at = nullptr;
    std::memcpy(&at, here_, sizeof at);
    return at;
  }

  const std::uint32_t path_bytes_;
  char here_[32];  // the path, or where it is
};
static_assert(sizeof(slot) == 64);

/// Heap bytes of each part of a page, as memory_account counts them.
std::size_t bytes_of(const slot& s);
std::size_t bytes_of(const view& v);        // without its entry
std::size_t body_bytes_of(const entry& e);  // without its encodings
std::size_t encoding_bytes_of(const entry& e);
std::size_t bytes_of(const representation& r);  // one encoding
std::size_t bytes_of(const body_file& f);       // counts as one

}  // namespace freshet
