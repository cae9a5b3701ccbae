#pragma once

#include <vector>

#include "core/clock.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// How complete the pages of one class are.
///
/// Shape: known = cached + missing; `cached` have content, a 404 of the upstream among it. `stale`
///        and `unverified` count cached pages; `parked` all that gave up.
struct page_tally {
  std::size_t known = 0;
  std::size_t cached = 0;
  std::size_t missing = 0;
  std::size_t stale = 0;
  std::size_t unverified = 0;
  std::size_t parked = 0;
  wall_time oldest_verified{};          // of the cached; the epoch = none
  std::vector<page_ref> parked_some{};  // the first of them; a page may have gone on since

  static constexpr std::size_t parked_some_max = 20;
};

void add_page(page_tally& t, const page_store& store, const slot& s);
/// By class. Looks at every known page: about 1 ms per 10,000.
std::vector<page_tally> tally_pages(const page_store& store);

}  // namespace freshet
