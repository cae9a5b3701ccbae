#include <fmt/format.h>

#include "core/config/network_values.hpp"
#include "core/config/scalars.hpp"
#include "core/config/secrets.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

constexpr std::uint32_t loops_max = 256;
constexpr std::size_t memory_min = 1u << 20;

void read_limits(table_reader& root, limit_settings& into) {
  root.read_table("limits", [&](table_reader& t) {
    t.read("connections", into.connections, to_count);
    t.read("connections_per_address", into.connections_per_address, to_count);
    t.read("streams", into.streams, to_count);
    t.read("streams_per_address", into.streams_per_address, to_count);
    t.read("head_timeout", into.head_timeout, to_duration);
    t.read("idle_timeout", into.idle_timeout, to_duration);
    t.read("write_timeout", into.write_timeout, to_duration);
    t.read("target", into.target, to_size);
    t.read("head", into.head, to_size);
    t.read("fields", into.fields, to_count);
  });
}

void read_log(table_reader& root, log_settings& into) {
  root.read_table("log", [&](table_reader& t) {
    t.read_choice("format", into.format, {"auto", "pretty", "json"});
    t.read_choice("level", into.level, {"debug", "info", "warn", "error"});
    t.read("access", into.access, to_flag);
  });
}

/// A table, or a list alone = origins.
void read_cors(table_reader& root, cors_settings& into) {
  const node* value = root.take("cors");
  if (value == nullptr) return;
  if (value->is != node::type::table) {
    root.read_list("cors", into.origins, to_origin);
    return;
  }
  table_reader t(*value, root.key_of("cors"), root.out());
  t.read_list("origins", into.origins, to_origin);
  t.read("credentials", into.credentials, to_flag);
  const bool any = std::find(into.origins.begin(), into.origins.end(), "*") != into.origins.end();
  if (any && into.credentials) {
    t.wrong_here("credentials for every origin are not possible",
                 "list the origins instead of \"*\"");
  }
  t.finish();
}

result<endpoint> to_placed_endpoint(const node& value) {
  auto e = to_endpoint(value);
  if (e.has_value()) e->where = table_reader::where("", value.at);
  return e;
}

/// Two listeners on one address would share its connections by chance (SO_REUSEPORT).
void refuse_doubles(table_reader& root, const settings& into) {
  const auto same = [](const endpoint& a, const endpoint& b) {
    if (!a.path.empty() || !b.path.empty()) return a.path == b.path;
    return a.port != 0 && a.port == b.port && a.host == b.host;
  };
  for (std::size_t i = 1; i < into.listen.size(); ++i) {
    const auto end = into.listen.begin() + static_cast<std::ptrdiff_t>(i);
    const auto is_this = [&](const endpoint& e) { return same(e, into.listen[i]); };
    if (std::any_of(into.listen.begin(), end, is_this))
      root.wrong("listen", root.take("listen")->items[i], "this address stands twice");
  }
}

void read_listeners(table_reader& root, settings& into) {
  root.read_list("listen", into.listen, to_placed_endpoint);
  for (std::size_t i = 0; i < into.listen.size(); ++i) {
    if (into.listen[i].where.key.empty()) into.listen[i].where.key = fmt::format("listen[{}]", i);
  }
  if (into.listen.empty()) root.wrong("listen", *root.take("listen"), "expected an address");
  refuse_doubles(root, into);
  if (root.read("admin", into.admin, to_placed_endpoint) && into.admin.where.key.empty()) {
    into.admin.where.key = "admin";
  }
  const bool token = root.read("admin_token", into.admin_token, to_secret);
  if (token && into.admin_token.empty()) {
    root.wrong("admin_token", *root.take("admin_token"), "expected a secret that is not empty");
  }
  const node* admin = root.take("admin");
  if (admin != nullptr && !is_loopback(into.admin) && into.admin_token.empty()) {
    root.wrong("admin", *admin, "an admin listener off loopback needs `admin_token`",
               "admin_token = \"${file:/etc/freshet/admin.token}\"");
  }
}

}  // namespace

void read_server(table_reader& root, settings& into) {
  read_listeners(root, into);
  if (root.read("memory", into.memory, to_positive_size) && into.memory < memory_min)
    root.wrong("memory", *root.take("memory"), "expected at least \"1MiB\"",
               "a number alone counts bytes");
  root.read("state", into.state, to_filled_text);
  if (root.read("loops", into.loops, to_positive) && into.loops > loops_max)
    root.wrong("loops", *root.take("loops"), fmt::format("expected at most {}", loops_max));
  root.read("public_url", into.public_url, to_http_url);
  while (into.public_url.ends_with('/')) into.public_url.pop_back();
  root.read_list("proxies", into.proxies, to_network);
  read_cors(root, into.cors);
  root.read("wait", into.wait, to_duration);
  root.read("drain_timeout", into.drain_timeout, to_duration);
  root.read("stream_age", into.stream_age, to_positive_duration);
  read_log(root, into.log);
  read_limits(root, into.limits);
  root.not_built_in({"sink", "tls"});
}

}  // namespace freshet::config
