#include "app/server/own_sources.hpp"

#include "app/server/engine.hpp"

namespace freshet::app {

void own_sources::follow(const engine& now) {
  const auto& settings = now.settings();
  std::vector<searched_class> classes;
  for (const auto& upstream : settings.upstreams) {
    if (upstream.kind != "search") continue;
    const auto* page = now.pages().named(upstream.of);
    if (page == nullptr) continue;  // engine::create refused it
    const auto how = search_definition::from(upstream, settings.pages[page->id()].max_size);
    classes.push_back({page->id(), std::make_shared<const search_definition>(how)});
  }
  const bool any = !classes.empty();
  finds.follow(std::move(classes), [&now](std::string_view path) {
    const auto page = now.store().find(path);
    return page == no_page ? entry_ptr{} : now.store().content(page);
  });
  if (!any) return;
  now.store().for_each_known([&](const slot& s) { finds.note_known(s.page, s.path()); });
}

asio::awaitable<void> own_sources::close() {
  co_await finds.close();
  co_await feed.close();
}

}  // namespace freshet::app
