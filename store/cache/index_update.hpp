#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace freshet {

struct slot;

/// What home tells the other loops: inserts and erases in order, and the grace round they are part
/// of.
///
/// Shape:    at most changes_max changes, so that applying one is a short turn; `changes` may be
///           empty (a bare grace round). `round` rises by one.
/// Lifetime: immutable and shared by all loops; a slot in it lives until the round after its
///           erasure.
struct index_update {
  static constexpr std::size_t changes_max = 1024;
  struct change {
    slot* at;
    bool present;
  };
  std::uint64_t round = 0;
  std::vector<change> changes;
};
using index_update_ptr = std::shared_ptr<const index_update>;

/// Hands an update to loop 1..N-1. The loop, in a handler of its own, applies it to its index and
/// sends
/// `{round, index.bytes()}` back to home, which calls cache_home::acknowledge. At most one is in
/// flight per loop, so a queue of one place never overflows; it must not be lost.
using post_index_update = std::function<void(std::size_t loop, index_update_ptr update)>;

}  // namespace freshet
