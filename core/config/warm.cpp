#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

/// `package = { upstream, get, at = "/packages" }`, or `branch = ["rawhide", "f41"]`.
warm_keys read_keys(table_reader& keys, const member& m, const known_names& names) {
  warm_keys k;
  k.parameter = m.name;
  k.where = table_reader::where(keys.key_of(m.name), m.value.at);
  if (m.value.is != node::type::table) {
    if (keys.read_list(m.name, k.values, to_scalar_text) && k.values.empty()) {
      keys.wrong(m.name, m.value, "expected at least one value");
    }
    return k;
  }
  keys.take(m.name);
  table_reader t(m.value, keys.key_of(m.name), keys.out());
  t.require("upstream");
  read_reference(t, "upstream", "upstream", names.upstreams, k.upstream);
  t.require("get");
  t.read("get", k.get, to_filled_text);
  if (!k.get.empty() && !k.get.starts_with('/')) {
    t.wrong("get", *t.take("get"), "expected a path that begins with `/`");
  }
  const std::size_t before = keys.out().size();
  auto at = read_selector_keys(t);
  if (at.has_value()) {
    k.at = std::move(*at);
  } else if (keys.out().size() == before) {
    const auto& detail = at.error().detail;
    t.wrong_here(detail.empty() ? "expected a pointer such as \"/packages/*\"" : detail);
  }
  t.finish();
  return k;
}

}  // namespace

warm_settings read_warm(const node& value, std::string path, const known_names& names,
                        problems& out) {
  table_reader t(value, std::move(path), out);
  warm_settings w;
  w.where = t.where();
  t.read("rate", w.rate, to_positive_rate);
  t.read("every", w.every, to_positive_duration);
  t.require("keys");
  t.read_table("keys", [&](table_reader& keys) {
    for (const auto& m : keys.table().members) w.keys.push_back(read_keys(keys, m, names));
  });
  t.finish();
  return w;
}

}  // namespace freshet::config
