#include "connectors/upstream/own_upstreams.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/media_type.hpp"

namespace freshet {

void check_own_upstreams(const config::settings& settings, const site& pages,
                         std::vector<config::diagnostic>& problems) {
  for (const auto& upstream : settings.upstreams) {
    const auto report = [&](std::string message) {
      problems.push_back({upstream.where, std::move(message), {}, false});
    };
    if (upstream.kind == "search") {
      const auto* page = pages.named(upstream.of);
      if (page == nullptr)
        report(fmt::format("of = \"{}\": there is no such page", upstream.of));
      else if (!settings.pages[page->id()].store || !is_json_type(settings.pages[page->id()].type))
        report(fmt::format("of = \"{}\": only stored pages of JSON are found", upstream.of));
      else if (!settings.pages[page->id()].only.empty())
        report(fmt::format("of = \"{}\": a page with `only` is not found by others", upstream.of));
    }
    const auto sets = [&](const config::rule_settings& tag) {
      return std::ranges::any_of(tag.set, [&](const auto& s) { return s.first == upstream.by; });
    };
    if (upstream.kind == "events" && std::ranges::none_of(settings.tags, sets))
      report(fmt::format("by = \"{}\": no [[tag]] sets this name", upstream.by));
  }
}

std::size_t own_bytes_max(const config::settings& settings) {
  return settings.state.empty() ? settings.memory / 8 : 0;
}

std::size_t memory_for_pages(const config::settings& settings) {
  auto left = settings.memory;
  for (const std::string_view kind : {"events", "search"})
    if (std::ranges::find(settings.upstreams, kind, &config::upstream_settings::kind) !=
        settings.upstreams.end())
      left -= own_bytes_max(settings);
  return left;
}

}  // namespace freshet
