#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

void read_rule_buses(table_reader& t, const known_names& names, rule_settings& into) {
  if (!t.read_list("bus", into.buses, to_filled_text)) return;
  for (const auto& bus : into.buses) {
    if (std::find(names.buses.begin(), names.buses.end(), bus) != names.buses.end()) continue;
    t.wrong("bus", *t.take("bus"), fmt::format("there is no bus `{}`", bus),
            did_you_mean(bus, names.buses));
  }
}

void read_set(table_reader& t, rule_settings& into) {
  const node* value = t.take("set");
  if (value == nullptr) return;
  table_reader set(*value, t.key_of("set"), t.out());
  for (const auto& m : set.table().members) {
    set.take(m.name);
    if (!is_name(m.name)) t.out().add(m.at, set.key_of(m.name), std::string(name_rule));
    selector_list list;
    if (read_selectors(m.value, set.key_of(m.name), list, t.out())) {
      into.set.emplace_back(m.name, std::move(list));
    }
  }
  if (value->is == node::type::table && value->members.empty()) {
    t.wrong("set", *value, "expected at least one name = selector");
  }
  set.finish();
}

/// What tags and rules of pages have in common.
rule_settings read_common(table_reader& t, const known_names& names) {
  rule_settings r;
  r.where = t.where();
  t.require("topic");
  if (t.read_list("topic", r.topics, to_topic) && r.topics.empty()) {
    t.wrong("topic", *t.take("topic"), "expected at least one topic");
  }
  read_rule_buses(t, names, r);
  r.where_entries = read_where(t, "where");
  t.read("each", r.each, to_pointer);
  read_set(t, r);
  return r;
}

void read_parts(table_reader& t, const std::vector<fetch_settings>& fetches, rule_settings& into) {
  if (!t.read_list("parts", into.parts, to_filled_text)) return;
  std::vector<std::string> known;
  for (const auto& f : fetches) known.push_back(f.into.text());
  for (const auto& part : into.parts) {
    if (std::find(known.begin(), known.end(), part) != known.end()) continue;
    t.wrong("parts", *t.take("parts"), fmt::format("no fetch of this page has into = \"{}\"", part),
            did_you_mean(part, known));
  }
}

}  // namespace

rule_settings read_page_rule(const node& value, std::string path, const known_names& names,
                             const std::vector<fetch_settings>& fetches, problems& out) {
  table_reader t(value, std::move(path), out);
  rule_settings r = read_common(t, names);
  if (t.read_list("by", r.by, to_filled_text) && r.by.empty()) {
    t.wrong("by", *t.take("by"), "expected at least one name");
  }
  if (t.read("all", r.all, to_flag) && !r.all) {
    t.wrong("all", *t.take("all"), "expected true, found false", "leave it out");
  }
  t.exactly_one({"set", "by", "all"});
  t.read("coalesce", r.coalesce, to_duration);
  t.read("lazy", r.lazy, to_flag);
  read_parts(t, fetches, r);
  r.floor = read_floor(t);
  t.finish();
  return r;
}

rule_settings read_tag(const node& value, std::string path, const known_names& names,
                       problems& out) {
  table_reader t(value, std::move(path), out);
  rule_settings r = read_common(t, names);
  t.require("set");
  t.finish();
  return r;
}

}  // namespace freshet::config
