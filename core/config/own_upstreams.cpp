#include <fmt/format.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"

// Upstreams that are asked of this process itself: what events said, and what pages show.
namespace freshet::config {
namespace {

result<std::string> to_rows(const node& value) {
  return to_number_or_parameter(value, 1, 1000,
                                "a number from 1 to 1000, or a parameter such as \"{page}\"");
}

/// It stands in a target of our own.
result<std::string> to_placeholders(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text;
  if (text->find_first_of("&#?%+ ") == std::string::npos) return text;
  return unexpected("a parameter such as \"{q}\"", value);
}

}  // namespace

void read_events(table_reader& t, upstream_settings& into) {
  t.require("by");
  if (t.read("by", into.by, to_filled_text) && !is_name(into.by))
    t.wrong("by", *t.take("by"), std::string(name_rule));
  if (t.read("keep", into.keep, to_positive) && into.keep > 10'000)
    t.wrong("keep", *t.take("keep"), "expected at most 10000 events of a value");
}

void read_search(table_reader& t, upstream_settings& into) {
  t.require("of");
  t.require("text");
  t.read("of", into.of, to_filled_text);
  if (const node* text = t.take("text")) {
    read_selectors(*text, t.key_of("text"), into.text, t.out());
    if (into.text.size() > 16) t.wrong("text", *text, "expected at most 16 selectors");
  }
  into.where_entries = read_where(t, "where");
}

void read_own_question(table_reader& t, fetch_settings& f) {
  const bool search = t.read("search", f.search, to_placeholders);
  const bool newest = t.read("newest", f.newest, to_rows);
  f.rows = "20";
  f.page = "1";
  const bool rows = t.read("rows", f.rows, to_rows);
  const bool page = t.read("page", f.page, to_rows);
  const bool of = t.read("of", f.of, to_placeholders);
  if ((rows || page) && !search) t.wrong_here("`rows` and `page` belong to `search`");
  if (of != newest) t.wrong_here("`newest` and `of` go together");
}

}  // namespace freshet::config
