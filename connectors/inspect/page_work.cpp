#include "connectors/inspect/page_work.hpp"

#include <algorithm>

namespace freshet {

void page_work::do_now(page_ref page, kind what, lane in, mono_time now) {
  if (what == kind::purge) {
    store_.purge(page, now);
  } else {
    store_.mark_page(page, {.why = cause::hand, .in = in}, now);
  }
}

result<void> page_work::begin(sse::url_pattern pattern, std::vector<page_ref> pages, kind what,
                              mono_time now) {
  if (jobs_.size() >= jobs_max)
    return fail(errc::overloaded, "too many rebuilds and purges are at work already");
  jobs_.push_back({std::move(pattern), std::move(pages), what});
  slice(now);
  return {};
}

bool page_work::slice(mono_time now) {
  std::size_t room = slice_pages;
  while (!jobs_.empty() && room > 0) {
    auto& j = jobs_.front();
    for (; !j.left.empty() && room > 0; --room) {
      const auto page = j.left.back();
      j.left.pop_back();
      const auto* s = store_.slot_of(page);
      if (s != nullptr && j.pattern.matches(s->path())) do_now(page, j.what, lane::rest, now);
    }
    if (j.left.empty()) jobs_.pop_front();
  }
  return !jobs_.empty();
}

}  // namespace freshet
