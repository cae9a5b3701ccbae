#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "store/cache/slot.hpp"
#include "store/eviction/ghost_list.hpp"
#include "store/eviction/s3_fifo.hpp"
#include "store/memory/memory_account.hpp"

namespace freshet {

/// What has to be dropped of a page.
enum class drop : std::uint8_t {
  page,  // all of it: cache slot, ledger row, dependency tags; a ghost stays
  body,  // somebody watches it: only the body, the page stays known
};

/// Keeps the account within its limit.
///
/// Shape:    watched pages are kept whole while they take at most a quarter of the limit; a watched
///           page beyond it loses its body when its turn comes, and is not asked again until it has
///           one.
/// Errors:   none.
/// Lifetime: outlived by the account; a slot is admitted before it is resized, pinned or forgotten.
/// Threads:  home.
class eviction {
 public:
  /// Frees what is named; REQUIRES: charges of the page leave the account, or are retired, by its
  /// end.
  using drop_page = std::function<void(page_ref ref, drop what)>;

  /// `popularity_of`: the byte of a page that was admitted and not dropped.
  eviction(memory_account& account,
           std::function<s3_fifo::popularity_byte&(page_ref)> popularity_of);
  ~eviction();
  eviction(const eviction&) = delete;

  /// A new page, with what it takes now. Answers with its ghost: the floor for its version.
  std::optional<ghost> admit(const slot& s, std::size_t bytes);
  /// After each publish or attach: what the page takes now.
  void resize(const slot& s, std::size_t bytes);
  /// The page was removed by somebody else (purge): no ghost.
  void forget(page_ref ref);
  /// First and last watcher.
  void pin(page_ref ref);
  void unpin(page_ref ref);

  /// Drops until the account fits, at most `pages_max`; the number dropped. Returns less than
  /// `pages_max` with the account still above its limit only when nothing is left to drop.
  std::size_t shrink(std::size_t pages_max, const drop_page& dropped);

  /// To be called by `dropped` before the slot is erased, so that its version never restarts.
  void leave_ghost(const slot& s);

  const s3_fifo& queues() const { return queues_; }
  const ghost_list& ghosts() const { return ghosts_; }
  std::uint64_t pages_dropped() const { return pages_dropped_; }
  std::uint64_t bodies_dropped() const { return bodies_dropped_; }

 private:
  struct watch {
    std::size_t bare_bytes = 0;
    bool bare = false;  // its body was dropped; in no queue
  };
  bool fits_pinned(std::size_t bytes) const;
  void charge_rows();

  memory_account& account_;
  s3_fifo queues_;
  ghost_list ghosts_;
  absl::flat_hash_map<page_ref, watch> watches_;  // of the pages that somebody watches
  std::size_t rows_bytes_ = 0;
  std::uint64_t pages_dropped_ = 0;
  std::uint64_t bodies_dropped_ = 0;
};

}  // namespace freshet
