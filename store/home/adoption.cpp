#include "store/home/page_store.hpp"

namespace freshet {

void page_store::adopt(const page_key& key, std::string_view canonical, const freshness& was,
                       entry_ptr content, bool as_it_was, mono_time now) {
  const auto page = know(key, canonical);
  if (page == no_page) return;
  book_.restore(page, was);
  auto& s = *cache_.at(page);
  if (content) {
    cache_.publish(s, {hooks_.fragment(book_.status(page)), std::move(content)});
    eviction_.resize(s, cache_.bytes_of(s));
  }
  restate(page, true);
  account();
  // Events that were not served yet, and whatever another recipe would make of the page.
  if (as_it_was && was.reread) book_.look_again(page, now);
  const auto became = book_.status(page);
  const bool in_doubt = became.state == freshness_state::unverified;
  // What is only in doubt is verified at its own pace.
  if (was.version == 0 ||
      (as_it_was && (became.state == freshness_state::fresh || (in_doubt && !became.behind()))))
    return;
  mark_request request;
  request.why = as_it_was ? was.next_why : cause::hand;
  request.from = as_it_was ? was.from : nullptr;
  request.floor = as_it_was ? was.floor : nullptr;
  request.floor_here = true;  // it was this page's there
  mark_page(page, request, now);
}

void page_store::adopt_changes(const change_log& old) {
  changes_.drop_until(old.dropped());
  for (const auto& each : old.since(old.dropped())) {
    const auto page = find(each->path);
    if (page == no_page && each->what != change::kind::deleted) continue;
    auto copy = std::make_shared<change>(*each);
    // A row of its own number would be taken for the page that has it now.
    copy->ref = page == no_page ? each->ref : page;
    if (page != no_page) {
      copy->page = slot_of(page)->page;
      copy->guarded = classes_[copy->page].guarded;
      const bool shown = !copy->content || copy->content->status == 200;
      copy->full = copy->what == change::kind::reload && shown && classes_[copy->page].pushed_whole;
    }
    changes_.append(std::move(copy));
  }
  account();
}

}  // namespace freshet
