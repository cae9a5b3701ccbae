#include "connectors/registry/make_upstream.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

#include "connectors/registry/revealed.hpp"
#include "connectors/upstream/bugzilla/bugzilla_upstream.hpp"
#include "connectors/upstream/demo/demo_upstream.hpp"
#include "connectors/upstream/events/events_upstream.hpp"
#include "connectors/upstream/exec/exec_upstream.hpp"
#include "connectors/upstream/http/http_upstream.hpp"
#include "connectors/upstream/search/search_upstream.hpp"
#include "connectors/upstream/xmlrpc/xmlrpc_upstream.hpp"

namespace freshet {
namespace {

result<std::unique_ptr<http_upstream>> over_http(const connector_environment& with,
                                                 const config::upstream_settings& settings) {
  auto sent = revealed(settings.headers, "upstream." + settings.name + ".headers");
  if (!sent) return sent.error();
  // Koji's own clients call themselves so; who has a better name says it.
  const auto named = [](const auto& field) {
    return boost::beast::iequals(field.first, "user-agent");
  };
  if (settings.kind == "koji" && std::ranges::none_of(*sent, named))
    sent->emplace_back("User-Agent", "koji/1");
  auto made = http_upstream::create(with.ex, settings, std::move(*sent));
  if (!made)
    return error(made.error().code, "upstream." + settings.name + ": " + made.error().detail);
  return made;
}

/// Whether a URL ends with its host.
bool has_no_path(const std::string& url) {
  const auto host = url.find("://");
  return host == std::string::npos || url.find('/', host + 3) >= url.size() - 1;
}

result<std::unique_ptr<xmlrpc_upstream>> make_rpc(const connector_environment& with,
                                                  const config::upstream_settings& settings) {
  auto over = over_http(with, settings);
  if (!over) return over.error();
  xmlrpc_upstream::way how;
  how.speaks = settings.kind == "koji" ? xmlrpc::dialect::koji : xmlrpc::dialect::plain;
  how.target = settings.kind == "bugzilla" ? "/xmlrpc.cgi" : has_no_path(settings.url) ? "/" : "";
  how.body_max = settings.limits.body;
  how.heavy = with.heavy;
  return std::make_unique<xmlrpc_upstream>(std::move(*over), std::move(how));
}

result<std::unique_ptr<upstream>> make_exec(const connector_environment& with,
                                            const config::upstream_settings& settings) {
  exec_upstream::way how;
  how.directory = settings.directory;
  how.timeout = settings.limits.timeout;
  how.output_max = settings.limits.body;
  auto found = revealed(settings.environment, "upstream." + settings.name + ".env");
  if (!found) return found.error();
  how.environment = std::move(*found);
  return std::unique_ptr<upstream>(
      std::make_unique<exec_upstream>(with.ex, settings.name, std::move(how)));
}

result<std::unique_ptr<upstream>> make_inner(const connector_environment& with,
                                             const config::upstream_settings& settings) {
  if (settings.kind == "demo")
    return std::unique_ptr<upstream>(std::make_unique<demo_upstream>(
        settings.name, with.world, settings.latency, with.seed ^ settings.name.size()));
  if (settings.kind == "http") {
    auto made = over_http(with, settings);
    if (!made) return made.error();
    return std::unique_ptr<upstream>(std::move(*made));
  }
  if (settings.kind == "xmlrpc" || settings.kind == "koji" || settings.kind == "bugzilla") {
    auto made = make_rpc(with, settings);
    if (!made) return made.error();
    if (settings.kind != "bugzilla") return std::unique_ptr<upstream>(std::move(*made));
    return std::unique_ptr<upstream>(std::make_unique<bugzilla_upstream>(std::move(*made)));
  }
  if (settings.kind == "exec") return make_exec(with, settings);
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
