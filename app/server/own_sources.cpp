#include "app/server/own_sources.hpp"

#include "app/server/engine.hpp"
#include "connectors/upstream/own_upstreams.hpp"

namespace freshet::app {
namespace {

std::string beside(const config::settings& settings, std::string_view name) {
  return settings.state.empty() ? "" : settings.state + std::string(name);
}

}  // namespace

own_sources::own_sources(asio::io_context::executor_type ex, const clock& time,
                         const config::settings& settings, metrics& m,
                         const task_scope::sink& on_error)
    : feed(ex, time, beside(settings, "-events"), {.bytes = own_bytes_max(settings)}, m, on_error),
      finds(ex, time, beside(settings, "-search"), own_bytes_max(settings), m, on_error) {}

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
  finds.follow(
      std::move(classes),
      [&now](std::string_view path) {
        const auto page = now.store().find(path);
        return page == no_page ? entry_ptr{} : now.store().content(page);
      },
      [&now](const search_index::known& note) {
        now.store().for_each_known([&](const slot& s) { note(s.page, s.path()); });
      });
}

std::vector<std::string> own_sources::troubles() const {
  std::vector<std::string> all;
  if (!feed.trouble().empty()) all.push_back("events: " + feed.trouble());
  if (!finds.trouble().empty()) all.push_back("search: " + finds.trouble());
  return all;
}

asio::awaitable<void> own_sources::close() {
  co_await finds.close();
  co_await feed.close();
}

}  // namespace freshet::app
