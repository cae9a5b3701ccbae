/// A JSON template on one line, then values, one a line: what comes out is JSON, whatever goes in.
#include "core/url/json_template.hpp"

#include "core/json/slices.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto text = in.line();
  const auto parsed = json_template::parse(text);
  if (!parsed) return 0;
  json::reader values(1 << 20);
  const auto lookup = [&](const placeholder& wanted) -> result<template_value> {
    const auto value = in.line();
    if (values.read(value)) return value_of(json::trimmed(value), wanted.text());
    // Parameters of a page are valid UTF-8; nothing else comes this way.
    if (!fuzz::is_utf8(value)) return fail(errc::malformed);
    return template_value{std::string(value), {}};
  };
  const auto made = parsed->expand(lookup);
  if (!made) return 0;
  json::reader reader(1 << 20);
  const auto document = reader.read(*made);
  fuzz::require(document.has_value(), "an expanded template is JSON");
  if (!parsed->placeholders().empty()) return 0;
  simdjson::dom::parser parser;
  const simdjson::dom::element source = parser.parse(text.data(), text.size());
  fuzz::require(simdjson::minify(source) == simdjson::minify(*document),
                "without placeholders nothing changes");
  return 0;
}
