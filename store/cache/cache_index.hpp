#pragma once

#include <absl/container/flat_hash_map.h>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "store/cache/index_update.hpp"
#include "store/cache/slot.hpp"

namespace freshet {

template <class T>
concept coroutine_result = requires { typename std::coroutine_traits<T>::promise_type; };

/// One loop's way from a path to its slot.
///
/// Shape:    2^shard_bits maps, chosen by the top bits of the hash: the table's own tag is the low
///           seven, and shards exist so that a rehash is a short pause. Keys whose whole hash is
///           equal hang in a list beside the map; the path decides.
/// Errors:   none; inserting a slot twice or erasing one it does not hold asserts.
/// Lifetime: holds slots, does not own them. A view lent by `with` ends with the call.
/// Threads:  this loop's thread alone. Readers take no lock and do no read-modify-write on anything
///           that another loop touches.
class cache_index {
 public:
  explicit cache_index(std::uint64_t seed, unsigned shard_bits = 8);
  cache_index(const cache_index&) = delete;

  /// The slot of a canonical path, or null. Valid until the handler ends.
  const slot* find(std::string_view path) const { return find(path_hash(path, seed_), path); }
  const slot* find(std::uint64_t hash, std::string_view path) const;

  /// Calls `f(const slot&, const view&)` if the page has a view, and counts the hit. `f` is a plain
  /// function: it finishes with the view, or copies `view.content` to keep the entry beyond the
  /// call.
  template <class F>
  bool with(std::string_view path, F&& f) {
    const slot* s = find(path);
    return s != nullptr && with(*s, std::forward<F>(f));
  }
  template <class F>
  bool with(const slot& s, F&& f) {
    using outcome = std::invoke_result_t<F, const slot&, const view&>;
    static_assert(!coroutine_result<outcome>,
                  "a view is lent for one call: a coroutine would keep it across a suspension");
    static_assert(std::is_void_v<outcome>, "give results through what f captures");
    const view* v = s.current.load(std::memory_order_acquire);
    if (v == nullptr) return false;
    s.touch();
    ++lent_;
    const lending end{lent_};
    f(s, *v);
    return true;
  }
  /// True inside `with`: nothing may be freed then.
  bool lent() const { return lent_ != 0; }

  void insert(slot& s);
  void erase(slot& s);
  void apply(const index_update& update);

  std::size_t size() const { return size_; }
  std::size_t bytes() const;
  std::uint64_t seed() const { return seed_; }

 private:
  struct as_it_is {  // XXH3 is spread well already
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  using shard = absl::flat_hash_map<std::uint64_t, slot*, as_it_is>;
  struct lending {
    unsigned& lent;
    ~lending() { --lent; }
  };

  std::size_t shard_of(std::uint64_t hash) const {
    return shard_bits_ == 0 ? 0 : static_cast<std::size_t>(hash >> (64 - shard_bits_));
  }
  const slot* find_twin(std::uint64_t hash, std::string_view path) const;
  static std::size_t bytes_of(const shard& s);

  std::vector<shard> shards_;
  std::vector<slot*> twins_;  // slots whose hash another slot has already: next to never any
  std::uint64_t seed_;
  unsigned shard_bits_;
  std::size_t size_ = 0;
  std::size_t shard_bytes_ = 0;
  unsigned lent_ = 0;
};

}  // namespace freshet
