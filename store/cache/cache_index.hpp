#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "store/cache/index_update.hpp"
#include "store/cache/slot.hpp"
#include "store/memory/hash_directory.hpp"

namespace freshet {

template <class T>
concept coroutine_result = requires { typename std::coroutine_traits<T>::promise_type; };

/// One loop's way from a path to its slot.
///
/// Shape:    a hash_directory of slots, so that growing is never a pause; of paths whose whole hash
///           is equal the path itself decides.
/// Errors:   none; inserting a slot twice or erasing one it does not hold asserts.
/// Lifetime: holds slots, does not own them. A view lent by `with` ends with the call.
/// Threads:  this loop's thread alone. Readers take no lock and do no read-modify-write on anything
///           that another loop touches.
class cache_index {
 public:
  explicit cache_index(std::uint64_t seed) : seed_(seed) {}
  cache_index(const cache_index&) = delete;

  /// The slot of a canonical path, or null. Valid until the handler ends.
  const slot* find(std::string_view path) const { return find(path_hash(path, seed_), path); }
  const slot* find(std::uint64_t hash, std::string_view path) const {
    return slot_of(
        slots_.find(hash, [path](std::uint64_t s) { return slot_of(s)->path() == path; }));
  }

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

  std::size_t size() const { return slots_.size(); }
  std::size_t bytes() const { return slots_.bytes(); }
  std::uint64_t seed() const { return seed_; }

 private:
  struct lending {
    unsigned& lent;
    ~lending() { --lent; }
  };
  static slot* slot_of(std::uint64_t word) { return reinterpret_cast<slot*>(word); }
  static std::uint64_t word_of(const slot& s) { return reinterpret_cast<std::uint64_t>(&s); }

  hash_directory slots_;
  std::uint64_t seed_;
  unsigned lent_ = 0;
};

}  // namespace freshet
