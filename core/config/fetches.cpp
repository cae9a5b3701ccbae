#include <fmt/format.h>
#include <simdjson.h>

#include "core/config/scalars.hpp"
#include "core/config/sections.hpp"
#include "core/json/writer.hpp"

namespace freshet::config {
namespace {

void append_json(std::string& out, const node& value) {
  switch (value.is) {
    case node::type::boolean:
      out += value.flag ? "true" : "false";
      return;
    case node::type::integer:
      out += fmt::format("{}", value.integer);
      return;
    case node::type::floating:
      out += fmt::format("{}", value.real);
      return;
    case node::type::string:
    case node::type::date:
      json::append_string(out, value.text);
      return;
    case node::type::array:
      out += '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, value.items[i]);
      }
      out += ']';
      return;
    case node::type::table:
      out += '{';
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        if (i > 0) out += ',';
        json::append_string(out, value.members[i].name);
        out += ':';
        append_json(out, value.members[i].value);
      }
      out += '}';
      return;
  }
}

/// What is appended to the upstream's URL.
result<std::string> to_target(const node& value) {
  auto text = to_filled_text(value);
  if (text.has_error()) return text;
  const bool good =
      text->starts_with('/') && text->find_first_of(" \t\r\n#\\") == std::string::npos;
  if (!good) return unexpected("a path that begins with `/`, without spaces", value);
  return text;
}

void read_fetch_headers(table_reader& t, fetch_settings& into) {
  t.read_table("headers", [&](table_reader& headers) {
    for (const auto& m : headers.table().members) {
      std::string text;
      if (!headers.read(m.name, text, to_text)) continue;
      if (!is_field_name(m.name) || text.find_first_of("\r\n") != std::string::npos) {
        headers.wrong(m.name, m.value, "expected a header field without line breaks");
      }
      into.headers.emplace_back(m.name, std::move(text));
    }
  });
}

}  // namespace

result<std::string> to_json_body(const node& value) {
  std::string text;
  if (value.is == node::type::string) {
    text = value.text;
  } else if (value.is == node::type::array || value.is == node::type::table) {
    append_json(text, value);
  } else {
    return unexpected("a table, a list or a string with JSON", value);
  }
  simdjson::dom::parser parser;
  if (parser.parse(text).error() != simdjson::SUCCESS) {
    return unexpected("a table, a list or a string with valid JSON", value);
  }
  return text;
}

std::string to_json(const node& value) {
  std::string out;
  append_json(out, value);
  return out;
}

fetch_settings read_fetch(const node& value, std::string path, const known_names& names,
                          problems& out) {
  table_reader t(value, std::move(path), out);
  fetch_settings f;
  f.where = t.where();
  t.require("upstream");
  read_reference(t, "upstream", "upstream", names.upstreams, f.upstream);
  t.exactly_one({"get", "post", "call", "sql", "run", "search", "newest"});
  t.read("get", f.get, to_target);
  t.read("post", f.post, to_target);
  const bool json = t.read("json", f.json, to_json_body);
  const bool body = t.read("body", f.body, to_text);
  if (json && body) t.wrong_here("expected only one of `json` and `body`");
  if ((json || body) && !t.has("post")) t.wrong_here("`json` and `body` belong to `post`");
  read_fetch_headers(t, f);
  t.read("into", f.into, to_pointer);
  if (f.into.has_wildcard()) t.wrong("into", *t.take("into"), "a place has no `*` steps");
  t.read("optional", f.optional, to_flag);
  f.expect = read_where(t, "expect");
  t.read("redirects", f.redirects, to_count);
  read_call(t, f);
  read_run(t, f);
  read_own_question(t, f);
  read_shaping(t, f);
  t.not_built_in({"sql", "args"});
  t.finish();
  return f;
}

}  // namespace freshet::config
