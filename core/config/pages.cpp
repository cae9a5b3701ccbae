#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"
#include "core/text/media_type.hpp"

namespace freshet::config {
namespace {

result<std::string> to_field_value(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_value()) {
    for (const char c : *text) {
      if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) {
        return unexpected("printable ASCII", value);
      }
    }
  }
  return text;
}

void read_parameters(table_reader& t, page_settings& into) {
  t.read_table("param", [&](table_reader& params) {
    for (const auto& m : params.table().members) {
      params.take(m.name);
      into.parameters.push_back(read_parameter(m.value, m.name, params.key_of(m.name), t.out()));
    }
  });
}

void read_shows(table_reader& t, page_settings& into) {
  t.read_table("shows", [&](table_reader& shows) {
    for (const auto& m : shows.table().members) {
      shows.take(m.name);
      if (!is_name(m.name)) t.out().add(m.at, shows.key_of(m.name), std::string(name_rule));
      selector_list list;
      if (!read_selectors(m.value, shows.key_of(m.name), list, t.out())) continue;
      if (list.size() != 1) {
        shows.wrong(m.name, m.value, "expected one selector, found a list");
        continue;
      }
      into.shows.emplace_back(m.name, std::move(list.front()));
    }
  });
}

void read_fetches(table_reader& t, const known_names& names, page_settings& into) {
  t.require("fetch");
  const node* value = t.take("fetch");
  if (value == nullptr) return;
  t.for_each("fetch", *value, [&](const node& item, const std::string& key) {
    into.fetches.push_back(read_fetch(item, key, names, t.out()));
  });
  const bool json = is_json_type(into.type);
  if (into.fetches.empty()) t.wrong("fetch", *value, "expected at least one fetch");
  if (!json && into.fetches.size() > 1) {
    t.wrong("fetch", *value, fmt::format("a page of type {} has exactly one fetch", into.type));
  }
  for (std::size_t i = 0; i < into.fetches.size(); ++i) {
    const auto& f = into.fetches[i];
    const auto& item = value->is == node::type::array ? value->items[i] : *value;
    const std::string key = fmt::format("{}[{}]", t.key_of("fetch"), i);
    if (into.fetches.size() > 1 && f.into.empty()) {
      t.out().add(item.at, key, "`into` is missing: with several fetches each needs its place");
    }
    if (!json && (!f.into.empty() || !f.expect.empty() || f.paging || f.shape.any())) {
      t.out().add(item.at, key,
                  "`into`, `expect`, `paging` and what shapes rows need a page of JSON");
    }
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (!f.into.empty() && into.fetches[earlier].into == f.into) {
        t.out().add(item.at, key, fmt::format("a second fetch into \"{}\"", f.into.text()));
      }
    }
  }
}

/// What looks into the built page, or is written into it.
void check_document(table_reader& t, const page_settings& p) {
  if (is_json_type(p.type)) return;
  for (const std::string_view key : {"until", "shows", "put"})
    if (const node* value = t.take(key))
      t.wrong(key, *value, fmt::format("`{}` needs a page of JSON", key));
}

void read_behaviour(table_reader& t, page_settings& p) {
  t.read("wait", p.wait, to_duration);
  t.read("negative", p.negative, to_duration);
  t.read("min_interval", p.min_interval, to_duration);
  t.read("max_size", p.max_size, to_positive_size);
  t.read("every", p.every, to_positive_duration);
  t.read("idle", p.idle, to_positive_duration);
  t.read("until", p.until, to_pointer);
  t.read("cache_control", p.cache_control, to_field_value);
  t.read("store", p.store, to_flag);
  t.read("type", p.type, to_field_value);
  std::string word;
  if (t.read_choice("push", word, {"none", "full"}) && word == "full") p.push = push_mode::full;
  if (t.read_choice("keys", word, {"any", "listed"}) && word == "listed") {
    p.keys = key_policy::listed;
  }
  read_upkeep(t, p);
  read_only(t, p);
}

page_settings read_page(const member& m, std::string path, const known_names& names,
                        problems& out) {
  table_reader t(m.value, std::move(path), out);
  page_settings p;
  p.name = m.name;
  p.where = t.where();
  if (!is_name(m.name)) t.wrong_here(std::string(name_rule));
  t.require("path");
  if (t.read("path", p.path, to_filled_text) && !p.path.starts_with('/')) {
    t.wrong("path", *t.take("path"),
            "expected a path that begins with `/`, found \"" + p.path + "\"");
  }
  read_behaviour(t, p);
  read_parameters(t, p);
  read_fetches(t, names, p);
  read_shows(t, p);
  read_put(t, p);
  check_document(t, p);
  if (const node* on = t.take("on")) {
    t.for_each("on", *on, [&](const node& item, const std::string& key) {
      p.on.push_back(read_page_rule(item, key, names, p.fetches, out));
    });
  }
  check_floors(t, p);
  if (const node* warm = t.take("warm")) p.warm = read_warm(*warm, t.key_of("warm"), names, out);
  if (p.keys == key_policy::listed && !p.warm) {
    t.wrong("keys", *t.take("keys"), "`keys = \"listed\"` needs `warm`: nothing else lists keys");
  }
  t.finish();
  return p;
}

}  // namespace

std::vector<page_settings> read_pages(const node& pages, const known_names& names, problems& out) {
  std::vector<page_settings> all;
  table_reader t(pages, "page", out);
  for (const auto& m : t.table().members) {
    all.push_back(read_page(m, t.key_of(m.name), names, out));
  }
  return all;
}

}  // namespace freshet::config
