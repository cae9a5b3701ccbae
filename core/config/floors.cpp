#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"
#include "core/text/media_type.hpp"
#include "core/text/quoted.hpp"

// What sees to it that nothing stays wrong: `floor` of a rule, `settle` and `sweep` of a page.

namespace freshet::config {
namespace {

void read_has(table_reader& t, floor_rule& into) {
  const node* value = t.take("has");
  if (value == nullptr) return;
  table_reader has(*value, t.key_of("has"), t.out());
  for (const auto& m : has.table().members) {
    auto inside = parse_member(m.name);
    if (inside.has_error() || inside->empty()) {
      t.out().add(m.at, has.key_of(m.name),
                  "expected a member of the element, or a pointer in it, as the key");
    }
    json::pointer from;
    if (has.read(m.name, from, to_pointer) && inside.has_value() && !inside->empty())
      into.has.emplace_back(std::move(*inside), std::move(from));
  }
  if (value->is == node::type::table && value->members.empty())
    t.wrong("has", *value, "expected at least one name = pointer into the event");
  has.finish();
}

}  // namespace

std::shared_ptr<const floor_rule> read_floor(table_reader& rule) {
  const node* value = rule.take("floor");
  if (value == nullptr) return nullptr;
  const auto before = rule.out().size();
  table_reader t(*value, rule.key_of("floor"), rule.out());
  floor_rule made;
  t.read("at", made.at, to_pointer);
  read_has(t, made);
  t.read("event", made.event, to_pointer);
  t.read("page", made.page, to_pointer);
  t.finish();
  if (rule.out().size() > before) return nullptr;
  const bool shows = t.has("at") && t.has("has") && !t.has("event") && !t.has("page");
  const bool reaches = t.has("event") && t.has("page") && !t.has("at") && !t.has("has");
  if (!shows && !reaches) {
    t.wrong_here("expected `at` and `has`, or `event` and `page`",
                 "floor = { at = \"/builds\", has = { id = \"/msg/id\" } }, or { event = "
                 "\"/msg/seq\", page = \"/seq\" }");
    return nullptr;
  }
  return std::make_shared<const floor_rule>(std::move(made));
}

std::string floor_text(const floor_rule& f) {
  const auto quoted = [](const json::pointer& p) { return in_quotes(p.text()); };
  if (f.compares())
    return fmt::format("{{ event = {}, page = {} }}", quoted(f.event), quoted(f.page));
  std::string has;
  for (const auto& [inside, from] : f.has)
    has += fmt::format("{}{} = {}", has.empty() ? "" : ", ", quoted(inside), quoted(from));
  return fmt::format("{{ at = {}, has = {{ {} }} }}", quoted(f.at), has);
}

void read_upkeep(table_reader& t, page_settings& p) {
  t.read("settle", p.settle, to_duration);
  t.read("sweep", p.sweep, to_duration);
  constexpr nanoseconds shortest = 1s;
  if (p.sweep > 0ns && p.sweep < shortest) {
    t.wrong("sweep", *t.take("sweep"), "expected at least \"1s\", or \"0s\" for none");
    p.sweep = shortest;
  }
}

void check_floors(table_reader& t, const page_settings& p) {
  if (is_json_type(p.type)) return;
  for (const auto& rule : p.on) {
    if (!rule.floor) continue;
    t.wrong("on", *t.take("on"), "`floor` needs a page of JSON: it looks into the built page");
    return;
  }
}

}  // namespace freshet::config
