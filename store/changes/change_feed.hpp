#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/changes/change_log.hpp"

namespace freshet {

/// Where home leaves changes for one other loop.
///
/// Shape:    rising sequences. From `compact_at` records on it keeps only the newest of each page,
///           so it is bounded by the number of pages; beyond `pages_max` of them the oldest leave,
///           and the batch says so in `dropped`, as the change log itself does.
/// Lifetime: `wake` is called at most once between two drains, and not after close(). It posts, it
///           does not drain there and then.
/// Threads:  put() home; drain() the reader's loop; close() any.
class change_mailbox {
 public:
  struct limits {
    std::size_t compact_at = 4096;
    std::size_t pages_max = 1u << 17;
  };
  struct batch {
    std::vector<change_ptr> changes;  // ascending
    sequence dropped = 0;             // the newest that had to leave; 0 = none
  };
  struct figures {
    std::uint64_t compacted = 0;  // records that gave way to a newer one of their page
    std::uint64_t dropped = 0;    // records that left unread
    std::size_t waiting = 0;
  };

  change_mailbox(limits bounds, std::function<void()> wake)
      : limits_(bounds), compact_at_(bounds.compact_at), wake_(std::move(wake)) {}

  void put(change_ptr c);
  /// Everything since the last drain, into a batch whose memory is used again.
  void drain(batch& into);
  /// The reader's loop ends: nothing is kept and nobody is woken from now on.
  void close();

  figures counts() const;

 private:
  void compact();

  const limits limits_;
  mutable std::mutex mutex_;
  std::size_t compact_at_;
  std::function<void()> wake_;
  batch waiting_;
  figures figures_;
  bool woken_ = false;
  bool closed_ = false;
};

/// How changes get from home to the other loops.
///
/// Shape:    one mailbox per reader; push() takes rising sequences.
/// Lifetime: readers are added before push() is first called from a running loop.
/// Threads:  add() and push() home; newest() any.
class change_feed {
 public:
  explicit change_feed(sequence newest = 0) : newest_(newest) {}
  change_feed(const change_feed&) = delete;

  std::shared_ptr<change_mailbox> add(std::function<void()> wake,
                                      change_mailbox::limits bounds = {});

  /// REQUIRES: the page's view is published. So who reads newest() before a view sees a view that
  /// is at least as new, and a stream that begins there misses nothing.
  void push(const change_ptr& c);

  /// For the `Link` digits. Every mailbox holds what it names.
  sequence newest() const { return newest_.load(std::memory_order_acquire); }

  const std::vector<std::shared_ptr<change_mailbox>>& readers() const { return readers_; }

 private:
  std::vector<std::shared_ptr<change_mailbox>> readers_;
  std::atomic<sequence> newest_;
};

/// A reader's own compacted change log: what its loop's SSE hub delivers and replays from.
///
/// Shape:    begins as a copy of home's log, made in the same turn as the mailbox.
/// Threads:  its loop only, once it runs.
class change_replica {
 public:
  struct visitor {
    std::function<void(const change_ptr&)> changed;  // it is in the log already
    std::function<void()> lapped = [] {};  // some left unread: everybody compares with the log
  };

  change_replica(std::shared_ptr<change_mailbox> from, const change_log& home, visitor told)
      : from_(std::move(from)), log_(home), told_(std::move(told)) {}

  /// Takes what came. Called when woken, and before a stream begins, so that a position which a
  /// page of another loop has named is known here. Returns how many changes.
  std::size_t drain();

  const change_log& log() const { return log_; }

 private:
  std::shared_ptr<change_mailbox> from_;
  change_log log_;
  visitor told_;
  change_mailbox::batch batch_;
};

}  // namespace freshet
