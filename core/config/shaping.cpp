#include "core/config/shaping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

namespace freshet::config {
namespace {

using way = paging_settings::way;

/// What a query can hold as it is.
result<std::string> to_query_name(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text;
  const bool plain = has_only_letters_digits_and("-._~", *text);
  return plain ? text : unexpected("the name of a query parameter", value);
}

void read_next(table_reader& t, paging_settings& into) {
  std::string next;
  if (!t.read("next", next, to_filled_text)) return;
  if (next == "link") {
    into.how = way::link;
  } else if (auto at = json::pointer::parse(next); at && !at->empty()) {
    into.how = way::pointer;
    into.next = std::move(*at);
  } else {
    t.wrong("next", *t.take("next"), "expected \"link\", or a pointer such as \"/next\"");
  }
}

void read_param(table_reader& t, paging_settings& into) {
  t.read("param", into.param, to_query_name);
  t.read("pages", into.pages, to_pointer);
  t.read("step", into.step, to_positive);
  const bool step = t.has("step");
  into.how = step ? way::offset : way::numbered;
  into.first = step ? 0 : 1;
  t.read("first", into.first, to_count);
  if (t.has("pages") == step)
    t.wrong_here(
        "expected one of `pages` (where the number of pages stands) and `step` (rows a "
        "page) beside `param`");
}

void read_paging(table_reader& fetch, fetch_settings& into) {
  fetch.read_table("paging", [&](table_reader& t) {
    auto& p = into.paging.emplace();
    if (t.exactly_one({"param", "next"}) != 1) return t.ignore_rest();
    if (t.has("next")) {
      read_next(t, p);
    } else {
      read_param(t, p);
    }
    t.read("max", p.max, to_positive);
  });
  if (into.paging && into.get.empty()) fetch.wrong_here("`paging` belongs to `get`");
}

void read_rename(table_reader& fetch, shape_settings& into) {
  const node* value = fetch.take("rename");
  if (value == nullptr) return;
  table_reader t(*value, fetch.key_of("rename"), fetch.out());
  for (const auto& m : t.table().members) {
    std::string name;
    if (!t.read(m.name, name, to_filled_text)) continue;
    for (const auto& [old, other] : into.rename)
      if (other == name) t.wrong(m.name, m.value, fmt::format("a second member called `{}`", name));
    into.rename.emplace_back(m.name, std::move(name));
  }
  t.finish();
}

/// `-` in front: the largest first. A pointer reaches into a row, a name is a member of it.
result<sort_key> to_sort_key(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text.error();
  sort_key key;
  std::string_view name = *text;
  key.descending = name.front() == '-';
  if (key.descending) name.remove_prefix(1);
  auto at = parse_member(name);
  if (at.has_error() || at->empty() || at->has_wildcard())
    return unexpected("the name of a member such as \"status\" or \"-id\"", value);
  key.at = std::move(*at);
  return key;
}

result<std::string> to_rows(const node& value) {
  return to_number_or_parameter(value, 0, 1'000'000'000,
                                "a number of rows, or a parameter such as \"{rows}\"");
}

result<json::pointer> to_place(const node& value) {
  auto at = to_pointer(value);
  if (at.has_value() && (at->empty() || at->has_wildcard()))
    return unexpected("a place in the page such as \"/total\"", value);
  return at;
}

void read_count(table_reader& fetch, shape_settings& into) {
  fetch.read_table("count", [&](table_reader& t) {
    t.read("all", into.count_all, to_place);
    t.read("shown", into.count_shown, to_place);
    if (!t.has("all") && !t.has("shown")) t.wrong_here("expected `all`, `shown` or both");
  });
}

/// Rows are put in order when they have lost what is not kept, and got their new names.
void check_sort(table_reader& fetch, const shape_settings& shape) {
  for (const auto& key : shape.sort) {
    if (key.at.empty()) continue;
    const auto& name = key.at.steps().front();
    const auto is = [&](const std::string& other) { return other == name; };
    const bool made = std::any_of(shape.rename.begin(), shape.rename.end(),
                                  [&](const auto& each) { return each.second == name; });
    const bool lost =
        std::any_of(shape.rename.begin(), shape.rename.end(),
                    [&](const auto& each) { return each.first == name; }) ||
        std::any_of(shape.drop.begin(), shape.drop.end(), is) ||
        (!shape.keep.empty() && std::none_of(shape.keep.begin(), shape.keep.end(), is));
    if (lost && !made)
      fetch.wrong("sort", *fetch.take("sort"),
                  fmt::format("rows have no `{}` any more after keep, drop and rename", name));
  }
}

}  // namespace

void read_shaping(table_reader& fetch, fetch_settings& into) {
  auto& shape = into.shape;
  read_paging(fetch, into);
  fetch.read("from", shape.from, to_pointer);
  if (shape.from && shape.from->has_wildcard())
    fetch.wrong("from", *fetch.take("from"), "a place has no `*` steps");
  fetch.read_list("keep", shape.keep, to_filled_text);
  fetch.read_list("drop", shape.drop, to_filled_text);
  read_rename(fetch, shape);
  if (fetch.read_list("sort", shape.sort, to_sort_key) && shape.sort.size() > 8)
    fetch.wrong("sort", *fetch.take("sort"), "expected at most 8 names");
  fetch.read("skip", shape.skip, to_rows);
  fetch.read("limit", shape.limit, to_rows);
  read_count(fetch, shape);
  check_sort(fetch, shape);
}

void read_put(table_reader& page, page_settings& into) {
  page.read_table("put", [&](table_reader& t) {
    for (const auto& m : t.table().members) {
      t.take(m.name);
      auto at = json::pointer::parse(m.name);
      if (at.has_error() || at->empty() || at->has_wildcard()) {
        page.out().add(m.at, t.key_of(m.name),
                       "expected a place such as \"/start_row\" as the key");
        continue;
      }
      if (m.value.is == node::type::array || m.value.is == node::type::table) {
        t.wrong(m.name, m.value, "expected a string, number or boolean");
        continue;
      }
      into.put.emplace_back(std::move(*at), to_json(m.value));
    }
  });
}

}  // namespace freshet::config
