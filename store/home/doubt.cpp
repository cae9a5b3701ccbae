#include <algorithm>

#include "store/home/page_store.hpp"

// Pages that may have missed events.

namespace freshet {
namespace {

constexpr page_ref slice_rows = 1024;

}  // namespace

/// The ledger knows at once. What was published says it as the walk over all pages comes by.
void page_store::unverify(class_id of) {
  book_.unverify(of);
  restated_ = 0;
  hooks_.work();
}

class_doubts::generation page_store::suspect(class_id of) {
  const auto which = book_.doubts(of).suspect();
  restated_ = 0;
  hooks_.work();
  return which;
}

void page_store::clear(class_id of, class_doubts::generation which) {
  book_.doubts(of).clear(which);
  restated_ = 0;
  hooks_.work();
}

bool page_store::restate_slice() {
  if (restated_ == no_page) return false;
  const auto end = std::min<page_ref>(next_ref_, restated_ + slice_rows);
  for (auto page = restated_; page < end; ++page) restate(page);
  restated_ = end < next_ref_ ? end : no_page;
  return restated_ != no_page;
}

}  // namespace freshet
