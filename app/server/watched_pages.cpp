#include "app/server/watched_pages.hpp"

namespace freshet::app {

void watched_pages::change(engine& now, std::string_view canonical, bool watched, mono_time at) {
  if (watched) {
    if (loops_[std::string(canonical)]++ == 0) pin(now, canonical, at, true);
    return;
  }
  const auto found = loops_.find(canonical);
  if (found == loops_.end() || --found->second > 0) return;
  loops_.erase(found);
  if (const auto page = now.store().find(canonical); page != no_page)
    now.store().watch(page, false, at);
}

void watched_pages::restore(engine& now, std::string_view canonical, mono_time at) {
  // Not built again by itself: whoever purged it wants it gone until an event or a visitor comes.
  if (contains(canonical)) pin(now, canonical, at, false);
}

void watched_pages::restore_all(engine& now, mono_time at) {
  for (const auto& [path, loops] : loops_) pin(now, path, at, true);
}

void watched_pages::pin(engine& now, std::string_view canonical, mono_time at, bool build) {
  const auto match = now.pages().find(canonical);
  if (match.what != page_match::outcome::found) return;
  const auto& of = now.settings().pages[match.key.page];
  if (!of.store || (of.keys == config::key_policy::listed && !now.lists(match.key))) return;
  auto& store = now.store();
  const auto page = store.know(match.key, match.canonical);
  if (page == no_page) return;  // memory is full of watched pages; visitors are told the same
  store.watch(page, true, at);
  if (build && !store.content(page)) store.ask(page, lane::watched, cause::miss, at);
}

}  // namespace freshet::app
