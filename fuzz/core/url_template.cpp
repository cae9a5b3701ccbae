/// A template, then values, one a line: a value never changes host, depth or query names.
#include "core/url/url_template.hpp"

#include "core/url/percent.hpp"
#include "fuzz/support/target.hpp"

namespace {

using freshet::fuzz::require;

/// The template with each placeholder as one byte that no URL holds.
std::string skeleton(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '{') continue;
    i = text.find('}', i);
    require(i != text.npos, "an accepted template closes its braces");
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

void check_path(std::string_view made, std::string_view wanted) {
  const auto have = split(made, '/');
  const auto want = split(wanted, '/');
  require(have.size() == want.size(), "the depth is the template's");
  require(have.front().empty(), "a path begins with a slash");
  require(have.size() == 2 || !have[1].empty(), "no second slash: that would be a host");
  for (std::size_t i = 0; i < have.size(); ++i) {
    const auto decoded = freshet::percent_decode(have[i]);
    require(decoded && *decoded != "." && *decoded != "..", "no segment goes up");
    require(want[i].find('{') != want[i].npos || have[i] == want[i], "literals stay");
  }
}

/// Pairs may be missing; those that are there stand in the template's order.
void check_query(std::string_view made, std::string_view wanted) {
  const auto want = split(wanted, '&');
  std::size_t next = 0;
  for (const auto pair : split(made, '&')) {
    const auto fits = [&](std::string_view shape) {
      const auto literal = shape.substr(0, shape.find('{'));
      return shape == pair || (literal != shape && pair.starts_with(literal));
    };
    while (next < want.size() && !fits(want[next])) ++next;
    require(next++ < want.size(), "every pair is one of the template's");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.line();
  const auto parsed = url_template::parse(text);
  if (!parsed) return 0;
  require(parsed->text() == text, "a template keeps its text");
  std::vector<placeholder> asked;
  const auto lookup = [&](const placeholder& wanted) -> result<template_value> {
    asked.push_back(wanted);
    return template_value{std::string(in.line()), {}};
  };
  const auto made = parsed->expand(lookup);
  if (!made) return 0;
  require(made->size() <= 2 * url_template::bytes_max, "a URL is bounded");
  require(asked.size() == parsed->placeholders().size(), "each placeholder is asked for once");
  for (const char c : *made) {
    require(c > 0x20 && c < 0x7F && c != '#' && c != '\\' && c != '"', "only bytes of a URL");
  }
  const auto shape = skeleton(text);
  const auto query = std::min(made->find('?'), made->size());
  const auto shape_query = std::min(shape.find('?'), shape.size());
  check_path(std::string_view(*made).substr(0, query),
             std::string_view(shape).substr(0, shape_query));
  if (query == made->size()) return 0;
  require(shape_query < shape.size(), "no value begins a query");
  check_query(std::string_view(*made).substr(query + 1),
              std::string_view(shape).substr(shape_query + 1));
  return 0;
}
