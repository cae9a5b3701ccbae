#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "store/memory/memory_account.hpp"

namespace freshet {

/// Places for things of one size, without a header each and aligned as they ask.
///
/// Shape:    grows by chunks of 32 KiB or so, never shrinks; a free place holds the way to the
///           next.
/// Lifetime: everything made here is destroyed before the slab.
/// Threads:  one makes and destroys.
template <class T>
class slab {
 public:
  template <class... Args>
  T& make(Args&&... args) {
    if (free_ == nullptr) grow();
    std::byte* const at = free_;
    std::memcpy(&free_, at, sizeof free_);
    return *new (at) T(std::forward<Args>(args)...);
  }
  void destroy(T& gone) {
    gone.~T();
    give(reinterpret_cast<std::byte*>(&gone));
  }
  std::size_t bytes() const {
    return chunks_.size() * heap_bytes(sizeof(chunk) + alignof(T)) +
           heap_bytes(chunks_.capacity() * sizeof(chunks_[0]));
  }

 private:
  static constexpr std::size_t places = (32 * 1024) / sizeof(T);
  static_assert(sizeof(T) >= sizeof(std::byte*));
  struct chunk {
    alignas(T) std::byte place[places][sizeof(T)];
  };

  void grow() {
    auto& made = *chunks_.emplace_back(std::make_unique_for_overwrite<chunk>());
    for (std::size_t i = places; i-- > 0;) give(made.place[i]);
  }
  void give(std::byte* at) {
    std::memcpy(at, &free_, sizeof free_);
    free_ = at;
  }

  std::vector<std::unique_ptr<chunk>> chunks_;
  std::byte* free_ = nullptr;
};

}  // namespace freshet
