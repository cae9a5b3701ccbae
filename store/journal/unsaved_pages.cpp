#include "store/journal/unsaved_pages.hpp"

#include <iterator>

namespace freshet {

void unsaved_pages::note(page_ref page, std::uint8_t bits) {
  auto& is = pages_.grow_to(page);
  const bool queued = (is.bits & queued_bit) != 0;
  is.bits = static_cast<std::uint8_t>(is.bits | bits | queued_bit);
  if (queued) return;
  const bool was_empty = empty();
  waiting_.push_back(page);
  wake_if(was_empty);
}

void unsaved_pages::forget(page_ref page) {
  if (page >= pages_.size()) return;
  auto& is = pages_[page];
  // Its place in the queue stays: it is passed over, or taken by the page that has the number next.
  is.bits &= queued_bit;
  if (is.row == 0) return;
  drop(std::exchange(is.row, 0));
}

void unsaved_pages::drop(page_row row) {
  const bool was_empty = empty();
  forgotten_.push_back(row);
  wake_if(was_empty);
}

void unsaved_pages::gone(saved_change change) {
  const bool was_empty = empty();
  gone_.push_back(std::move(change));
  while (gone_.size() > gone_max) {
    gone_lost_ = std::max(gone_lost_, gone_.front().at);
    gone_.pop_front();
  }
  wake_if(was_empty);
}

std::optional<unsaved_pages::note_of> unsaved_pages::take() {
  while (!waiting_.empty()) {
    const auto page = waiting_.front();
    waiting_.pop_front();
    const auto bits = std::exchange(pages_[page].bits, std::uint8_t{0});
    if ((bits & (state_bit | content_bit)) == 0) continue;
    return note_of{page, (bits & content_bit) != 0};
  }
  return std::nullopt;
}

std::vector<saved_change> unsaved_pages::take_gone() {
  std::vector<saved_change> out(std::make_move_iterator(gone_.begin()),
                                std::make_move_iterator(gone_.end()));
  gone_.clear();
  return out;
}

void unsaved_pages::give_back(const std::vector<page_row>& forgotten,
                              const std::vector<saved_change>& gone) {
  const bool was_empty = empty();
  forgotten_.insert(forgotten_.end(), forgotten.begin(), forgotten.end());
  for (const auto& each : gone) this->gone(each);
  wake_if(was_empty && !forgotten_.empty());
}

void unsaved_pages::set_row(page_ref page, page_row row) { pages_.grow_to(page).row = row; }

std::size_t unsaved_pages::bytes() const {
  return pages_.bytes() + waiting_.size() * sizeof(page_ref) +
         heap_bytes(forgotten_.capacity() * sizeof(page_row)) + gone_.size() * sizeof(saved_change);
}

}  // namespace freshet
