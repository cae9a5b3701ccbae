#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "store/change.hpp"
#include "store/memory/chunked.hpp"

namespace freshet {

/// Each page once, at its newest change, in sequence order: what SSE delivers and replays.
///
/// Shape:    `append` takes rising sequences. Beyond `records_max` or `bytes_max` the oldest
///           records leave and `dropped()` rises: who was told less than that needs a resync. A
///           page_ref that is used again for another path does not hide what happened to the first
///           one.
/// Lifetime: records are shared and stay valid after they left; an iterator only until the next
///           append.
/// Threads:  home loop only; the records themselves may be read anywhere.
class change_log {
 public:
  struct limits {
    std::size_t records_max = 1u << 20;
    std::size_t bytes_max = 64u << 20;
  };

  explicit change_log(std::uint64_t epoch) : change_log(epoch, limits{}) {}
  change_log(std::uint64_t epoch, limits bounds) : epoch_(epoch), limits_(bounds) {}

  /// REQUIRES: c->at > last().
  void append(change_ptr c);
  /// Everything up to `at` has left, whether it was ever here or not.
  void drop_until(sequence at);
  /// Positions up to `at` were given away already, though the newest of them may not be here.
  void advance_to(sequence at) { last_ = std::max(last_, at); }

  std::uint64_t epoch() const { return epoch_; }
  /// The newest sequence that was ever appended; 0 = none.
  sequence last() const { return last_; }
  /// The newest sequence that left.
  sequence dropped() const { return dropped_; }
  /// Everything after `told` is still here.
  bool whole_since(sequence told) const { return told >= dropped_; }
  /// The newest change of this row's page; 0 = none here.
  sequence changed(page_ref page) const {
    const auto at = newest_of(page);
    return at == nothing ? 0 : nodes_[at].what->at;
  }
  change_ptr newest(page_ref page) const {
    const auto at = newest_of(page);
    return at == nothing ? nullptr : nodes_[at].what;
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const;

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = change_ptr;
    using difference_type = std::ptrdiff_t;
    using pointer = const change_ptr*;
    using reference = const change_ptr&;

    iterator() = default;
    reference operator*() const { return log_->nodes_[at_].what; }
    pointer operator->() const { return &log_->nodes_[at_].what; }
    iterator& operator++() {
      at_ = log_->nodes_[at_].next;
      return *this;
    }
    iterator operator++(int) {
      iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    friend class change_log;
    iterator(const change_log* log, std::uint32_t at) : log_(log), at_(at) {}
    const change_log* log_ = nullptr;
    std::uint32_t at_ = nothing;
  };

  struct range {
    iterator first;
    iterator begin() const { return first; }
    iterator end() const { return {}; }
  };
  /// The changes after `told`, ascending; time O(their number).
  range since(sequence told) const;

 private:
  static constexpr std::uint32_t nothing = ~std::uint32_t{0};
  struct node {
    change_ptr what;
    std::uint32_t before = nothing;
    std::uint32_t next = nothing;  // of the free ones too
  };
  /// A node, nothing at first.
  struct place {
    std::uint32_t at = nothing;
  };

  static std::size_t bytes_of(const change& c);
  std::uint32_t newest_of(page_ref page) const {
    return page < newest_.size() ? newest_[page].at : nothing;
  }
  std::uint32_t take_node();
  void unlink(std::uint32_t at);
  void drop_oldest();

  std::uint64_t epoch_;
  limits limits_;
  sequence last_ = 0;
  sequence dropped_ = 0;
  chunked<node> nodes_;  // growing must not be a pause
  std::uint32_t made_ = 0;
  std::uint32_t free_ = nothing;
  chunked<place, 1024> newest_;  // by page_ref
  std::uint32_t head_ = nothing;
  std::uint32_t tail_ = nothing;
  std::size_t size_ = 0;
  std::size_t record_bytes_ = 0;
};

}  // namespace freshet
