#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "store/journal/journal_batch.hpp"
#include "store/memory/chunked.hpp"
#include "store/memory/memory_account.hpp"

namespace freshet {

/// Which pages the journal does not have as they are now: what home notes while it works, and what
/// the journal takes from when it is ready for more. Nothing is copied before that, so a disk that
/// is slow or full costs a bit per page and never memory.
///
/// Shape:    each page at most once, the longest waiting first. `gone` is bounded: of more than
///           `gone_max` changes the oldest are lost, and gone_lost() is where the change log's
///           window then begins.
/// Lifetime: a page is noted while it is known; a number that is used again is another page.
/// Threads:  home loop only.
class unsaved_pages {
 public:
  static constexpr std::size_t gone_max = 1u << 16;

  /// `woken` hears when there is something after there was nothing.
  explicit unsaved_pages(std::function<void()> woken = [] {}) : woken_(std::move(woken)) {}

  void state(page_ref page) { note(page, state_bit); }
  void content(page_ref page) { note(page, state_bit | content_bit); }
  void forget(page_ref page);
  /// A row that no page has.
  void drop(page_row row);
  void gone(saved_change change);

  struct note_of {
    page_ref page = no_page;
    bool with_content = false;
  };
  /// The next page, which is then not noted any more.
  std::optional<note_of> take();
  std::vector<page_row> take_forgotten() { return std::exchange(forgotten_, {}); }
  std::vector<saved_change> take_gone();

  /// Rows and changes that were taken and could not be written.
  void give_back(const std::vector<page_row>& forgotten, const std::vector<saved_change>& gone);

  /// The page's place in the journal; 0 = it has none.
  page_row row_of(page_ref page) const { return page < pages_.size() ? pages_[page].row : 0; }
  void set_row(page_ref page, page_row row);
  bool content_noted(page_ref page) const {
    return page < pages_.size() && (pages_[page].bits & content_bit) != 0;
  }

  /// Pages that are noted; some of them may be gone already.
  std::size_t size() const { return waiting_.size() + forgotten_.size() + gone_.size(); }
  bool empty() const { return size() == 0; }
  std::size_t waiting() const { return waiting_.size(); }
  sequence gone_lost() const { return gone_lost_; }
  std::size_t bytes() const;

 private:
  static constexpr std::uint8_t state_bit = 1, content_bit = 2, queued_bit = 4;
  struct page_note {
    page_row row = 0;
    std::uint8_t bits = 0;
  };
  void note(page_ref page, std::uint8_t bits);
  void wake_if(bool was_empty) {
    if (was_empty) woken_();
  }

  std::function<void()> woken_;
  chunked<page_note> pages_;
  std::deque<page_ref> waiting_;
  std::vector<page_row> forgotten_;
  std::deque<saved_change> gone_;
  sequence gone_lost_ = 0;
};

}  // namespace freshet
