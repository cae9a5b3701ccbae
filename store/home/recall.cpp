#include "store/home/page_store.hpp"

// What an earlier run left in the journal, and what this one leaves.

namespace freshet {

page_ref page_store::recall(const page_key& key, std::string_view canonical,
                            const remembered_page& is, mono_time now) {
  const auto page = know(key, canonical);
  if (page == no_page) return no_page;
  book_.restore(page, is.was);
  // What another recipe could not be built by says nothing of this one.
  if (is.as_it_was) book_.restore_trouble(page, is.trouble, now);
  if (is.as_it_was && is.was.reread) book_.look_again(page, now);
  slot_of(page)->popularity.store(is.popularity, std::memory_order_relaxed);
  // Built again before its body was read, it is not news when it is as it was.
  if (is.shown) shown_before_.insert_or_assign(page, *is.shown);
  restate(page, true);
  const auto became = book_.status(page);
  if (became.state == freshness_state::parked || became.queued || became.running) return page;
  mark_request request;
  request.why = is.as_it_was ? is.was.next_why : cause::hand;
  request.from = is.as_it_was ? is.was.from : nullptr;
  request.floor = is.as_it_was ? is.was.floor : nullptr;
  request.floor_here = true;  // it was this page's then
  // An unbuilt page, or one whose bytes are as new as every mark, has nothing to wait for.
  const bool behind = became.behind() || !is.as_it_was;
  if (is.was.version != 0 && behind) mark_page(page, request, now);
  return page;
}

bool page_store::recall_content(page_ref page, entry_ptr content) {
  auto* s = cache_.at(page);
  if (s == nullptr || this->content(page) || book_.version(page) != content->version) return false;
  shown_before_.erase(page);
  state_anew(page, std::move(content));
  eviction_.resize(*s, cache_.bytes_of(*s));
  account();
  hooks_.settled(page);
  return true;
}

void page_store::recall_changes(const std::vector<change_ptr>& all, sequence dropped,
                                sequence newest) {
  changes_.drop_until(dropped);
  for (const auto& each : all)
    if (each->at > changes_.last() && each->at > dropped) changes_.append(each);
  changes_.advance_to(newest);
  account();
}

bool page_store::verify(page_ref page, lane in, mono_time now) {
  if (!book_.in_doubt(page)) return false;
  const auto is = book_.status(page);
  if (is.state != freshness_state::unverified || is.running || is.queued) return false;
  mark_page(page, {.why = cause::sweep, .in = in}, now);
  return true;
}

void page_store::note_gone(const change_ptr& last) {
  if (unsaved_ == nullptr || !last) return;
  unsaved_->gone({last->at, last->what, classes_[last->page].name, last->path, last->etag,
                  last->event_id, last->topic});
}

}  // namespace freshet
