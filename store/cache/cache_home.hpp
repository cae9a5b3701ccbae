#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "store/cache/cache_index.hpp"
#include "store/cache/index_update.hpp"
#include "store/cache/slot.hpp"
#include "store/memory/chunked.hpp"
#include "store/memory/memory_account.hpp"
#include "store/memory/slab.hpp"

namespace freshet {

enum class content_coding : std::uint8_t { gzip, brotli };

struct cache_settings {
  std::size_t loops = 1;
  std::uint64_t seed = 0;  // random in production
};

/// The one writer of the cache: owns the slots and everything they point to.
///
/// Shape:    one slot per path and per page_ref. An entry belongs to one page. The account is
///           charged from emplace and publish until the bytes are really free.
/// Errors:   none; a second slot for a page_ref, or use of an erased slot, asserts.
/// Lifetime: what a publish or erase replaces is garbage. With one loop `collect` frees it. With N
///           loops it is freed when every other loop has acknowledged a round that began after the
///           replacement: the handler that may have borrowed it has ended then. So the publisher's
///           own reference on an entry, which the view holds, goes last and no reader counts up
///           from zero. Destroyed after the other loops have stopped.
/// Threads:  the home loop.
/// Source:   quiescent-state reclamation (McKenney), with a loop's turn as the read-side section.
class cache_home {
 public:
  cache_home(cache_settings settings, memory_account& account, post_index_update post = {});
  ~cache_home();
  cache_home(const cache_home&) = delete;

  /// The slot of this path, made if it is new. REQUIRES: `ref` has no other slot.
  slot& emplace(std::string_view path, class_id page, page_ref ref);
  /// One pointer exchange; the old view becomes garbage. A null `content` keeps the page known,
  /// unbuilt.
  void publish(slot& s, shown_page next);
  /// Adds an encoding to the version that is current. False (and `made` is dropped) when the slot
  /// has moved on from `of`, or has this coding already.
  bool attach(slot& s, const entry* of, content_coding coding,
              std::unique_ptr<const representation> made);
  /// The same for the file of its body.
  bool attach(slot& s, const entry* of, std::unique_ptr<const body_file> made);
  /// Readers see no view from now on. REQUIRES: `s` is not used again by the caller.
  void erase(slot& s);

  /// Once after each handler that changed something. REQUIRES: no view is lent on this loop.
  void collect();
  /// Loop `loop` has applied update `round`; its index has `index_bytes` now. Repeated or late
  /// acknowledgements change nothing.
  void acknowledge(std::size_t loop, std::uint64_t round, std::size_t index_bytes);

  cache_index& index() { return index_; }
  const cache_index& index() const { return index_; }
  /// The slot of a page, or null.
  slot* at(page_ref ref) { return ref < slots_.size() ? slots_[ref] : nullptr; }
  /// What evicting this page would free: slot, view, body, encodings.
  std::size_t bytes_of(const slot& s) const;

  std::size_t size() const { return index_.size(); }
  /// Things waiting to be freed, and changes that other loops do not know yet.
  std::size_t garbage() const { return retired_.size() + dying_.size(); }
  std::size_t unsent() const { return unsent_.size(); }
  bool round_in_flight() const { return awaited_ != 0; }
  std::uint64_t rounds() const { return round_; }

 private:
  struct dead {
    const view* old_view = nullptr;  // or
    slot* old_slot = nullptr;
    bool with_entry = false;  // no newer view shares the entry
    std::size_t encoding_bytes = 0;
  };

  template <class T>
  bool attach(slot& s, std::atomic<const T*>& place, std::unique_ptr<const T> made);
  static bool shows(const slot& s, const entry* content);
  void retire(dead d);
  void retire_view(slot& s, const view* old, const entry* successor);
  void free_all(std::vector<dead>& what);
  void charge_index(std::size_t loop, std::size_t bytes);
  void charge_slots();
  void start_round();
  static std::size_t bytes_of(const dead& d);

  cache_settings settings_;
  memory_account& account_;
  post_index_update post_;
  cache_index index_;
  slab<slot> made_;
  chunked<slot*> slots_;         // by page_ref
  std::size_t slots_bytes_ = 0;  // of the two, their free places among them
  std::deque<index_update::change> unsent_;
  std::vector<dead> retired_;  // waits for the next round
  std::vector<dead> dying_;    // waits for the round in flight
  std::uint64_t round_ = 0;
  std::size_t awaited_ = 0;
  std::vector<std::uint64_t> acknowledged_;  // by loop: newest round
  std::vector<std::size_t> index_bytes_;     // by loop
};

}  // namespace freshet
