#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "store/entry.hpp"
#include "store/memory/chunked.hpp"

namespace freshet {

/// Which page has to go: two queues, small for the new and main for the proven.
///
/// Shape:    intrusive links in rows indexed by page_ref. A tenth of the queued bytes may be small;
///           beyond it the oldest of small leaves, unless it was asked for more than once: then it
///           moves to main. The oldest of main goes round once more per point of popularity.
///           A page held (watched) is in no queue and cannot be chosen.
/// Errors:   none; a page inserted twice or unknown, or one above 4 GiB asserts.
/// Lifetime: `popularity_of` is asked for pages that are in, by choose() only.
/// Threads:  home; other loops may write popularity at any time.
/// Source:   S3-FIFO (Yang et al., SOSP 2023).
class s3_fifo {
 public:
  using popularity_byte = std::atomic<std::uint8_t>;
  /// How many pages a choice may give another round, so that its pause is bounded: then the next
  /// goes.
  static constexpr std::size_t steps_max = 256;

  explicit s3_fifo(std::function<popularity_byte&(page_ref)> popularity_of)
      : popularity_of_(std::move(popularity_of)) {}

  /// `proven`: a ghost knew the key, so it goes to main at once.
  void insert(page_ref ref, std::size_t bytes, bool proven);
  void erase(page_ref ref);
  void resize(page_ref ref, std::size_t bytes);

  /// Takes the page out of its queue / puts it back as if it were inserted.
  void hold(page_ref ref);
  void let_go(page_ref ref, bool proven);

  struct choice {
    page_ref ref = no_page;
    std::size_t bytes = 0;
  };
  /// Removes the page that has to go and forgets it; no_page when the queues are empty.
  choice choose();

  bool contains(page_ref ref) const { return ref < rows_.size() && rows_[ref].in != place::none; }
  bool held(page_ref ref) const { return contains(ref) && rows_[ref].in == place::held; }
  std::size_t bytes_of(page_ref ref) const { return contains(ref) ? rows_[ref].bytes : 0; }
  std::size_t held_bytes() const { return held_bytes_; }
  std::size_t small_bytes() const { return small_.bytes; }
  std::size_t main_bytes() const { return main_.bytes; }
  std::size_t size() const { return size_; }
  /// What the rows themselves take.
  std::size_t bytes() const { return rows_.bytes(); }

 private:
  enum class place : std::uint8_t { none, small, main, held };
  struct row {
    std::uint32_t bytes = 0;
    page_ref older = no_page;
    page_ref newer = no_page;
    place in = place::none;
  };
  struct queue {
    page_ref oldest = no_page;
    page_ref newest = no_page;
    std::size_t bytes = 0;
  };

  queue& queue_of(place in) { return in == place::small ? small_ : main_; }
  void append(page_ref ref, place in);
  void unlink(page_ref ref);
  page_ref from_small(std::size_t& steps);
  page_ref from_main(std::size_t& steps);

  std::function<popularity_byte&(page_ref)> popularity_of_;
  chunked<row> rows_;
  queue small_;
  queue main_;
  std::size_t held_bytes_ = 0;
  std::size_t size_ = 0;
};

}  // namespace freshet
