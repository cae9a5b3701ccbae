#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet {

/// What the bytes under `memory` are spent on; the label of freshet_memory_bytes{kind}.
enum class memory_kind : std::uint8_t {
  slots,
  views,
  bodies,
  encodings,
  ledger,
  index,
  ghosts,
  changes,
  events,
};
inline constexpr std::size_t memory_kinds = 9;
std::string_view name_of(memory_kind kind);

/// What a request of `n` bytes takes from glibc's heap: a header of 8, rounded up to 16, at
/// least 32.
constexpr std::size_t heap_bytes(std::size_t n) {
  if (n == 0) return 0;
  const std::size_t chunk = (n + 8 + 15) & ~std::size_t{15};
  return chunk < 32 ? 32 : chunk;
}
/// What a string holds outside of itself.
inline std::size_t heap_bytes(const std::string& s) {
  return s.capacity() > std::string{}.capacity() ? heap_bytes(s.capacity() + 1) : 0;
}

/// Every byte that counts against the one limit `memory`, by kind.
///
/// Shape:    bytes as the heap sees them. `leaving` is the part that is retired but may still be
///           seen by a reader; it is counted until it is freed, but evicting more would not free it
///           sooner.
/// Errors:   none; taking back more than was added is a bug and asserts.
/// Lifetime: outlives everything that charges it.
/// Threads:  the home loop writes; any thread may read the figures (one writer, relaxed).
class memory_account {
 public:
  explicit memory_account(std::size_t limit) : limit_(limit) {}
  memory_account(const memory_account&) = delete;

  void add(memory_kind kind, std::size_t bytes);
  void remove(memory_kind kind, std::size_t bytes);
  /// Replaces a figure: for holders that know their whole size.
  void replace(memory_kind kind, std::size_t before, std::size_t after);

  void retire(std::size_t bytes);
  void release(std::size_t bytes);

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return total_.load(std::memory_order_relaxed); }
  std::size_t used(memory_kind kind) const {
    return kinds_[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
  }
  std::size_t leaving() const { return leaving_.load(std::memory_order_relaxed); }

  /// What eviction still has to find.
  std::size_t excess() const;
  /// False when even what is on its way out does not explain the size any more (a loop that does
  /// not acknowledge, or everything pinned): new pages are refused then. An eighth above the limit.
  bool admits() const { return used() <= limit_ + limit_ / 8; }

 private:
  using figure = std::atomic<std::size_t>;
  static void up(figure& f, std::size_t bytes);
  static void down(figure& f, std::size_t bytes);

  std::array<figure, memory_kinds> kinds_{};
  figure total_{0};
  figure leaving_{0};
  std::size_t limit_;
};

}  // namespace freshet
