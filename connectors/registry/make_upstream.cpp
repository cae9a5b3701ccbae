#include "connectors/registry/make_upstream.hpp"

#include "connectors/upstream/demo/demo_upstream.hpp"
#include "connectors/upstream/events/events_upstream.hpp"
#include "connectors/upstream/http/http_upstream.hpp"
#include "connectors/upstream/search/search_upstream.hpp"
#include "core/config/load.hpp"

namespace freshet {
namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

result<headers> revealed(const config::upstream_settings& settings) {
  headers out;
  for (const auto& [name, value] : settings.headers) {
    auto text = config::reveal(value);
    if (!text)
      return error(text.error().code,
                   "upstream." + settings.name + ".headers." + name + ": " + text.error().detail);
    out.emplace_back(name, std::move(*text));
  }
  return out;
}

result<std::unique_ptr<upstream>> make_inner(const connector_environment& with,
                                             const config::upstream_settings& settings) {
  if (settings.kind == "demo")
    return std::unique_ptr<upstream>(std::make_unique<demo_upstream>(
        settings.name, with.world, settings.latency, with.seed ^ settings.name.size()));
  if (settings.kind == "http") {
    auto sent = revealed(settings);
    if (!sent) return sent.error();
    auto made = http_upstream::create(with.ex, settings, std::move(*sent));
    if (!made)
      return error(made.error().code, "upstream." + settings.name + ": " + made.error().detail);
    return std::unique_ptr<upstream>(std::move(*made));
  }
  if (settings.kind == "events")
    return std::unique_ptr<upstream>(std::make_unique<events_upstream>(settings.name, with.feed));
  if (settings.kind == "search")
    return std::unique_ptr<upstream>(std::make_unique<search_upstream>(settings.name, with.finds));
  return fail(errc::not_built_in, "upstream." + settings.name + ": kind " + settings.kind);
}

}  // namespace

result<std::unique_ptr<guarded_upstream>> make_upstream(const connector_environment& with,
                                                        const config::upstream_settings& settings) {
  auto inner = make_inner(with, settings);
  if (!inner) return inner.error();
  return std::make_unique<guarded_upstream>(with.ex, with.time, std::move(*inner), settings.limits,
                                            with.seed);
}

}  // namespace freshet
