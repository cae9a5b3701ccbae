#include "core/url/placeholder.hpp"

#include "core/json/slices.hpp"

namespace freshet {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  }
  return true;
}

void apply(placeholder::letter_case letters, std::string& text) {
  if (letters == placeholder::letter_case::keep) return;
  const bool upper = letters == placeholder::letter_case::upper;
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

}  // namespace

result<placeholder> placeholder::parse(std::string_view inside) {
  placeholder parsed;
  std::string_view source = inside;
  if (const auto bar = inside.rfind('|'); bar != std::string_view::npos) {
    const auto filter = inside.substr(bar + 1);
    if (filter == "upper") parsed.letters = letter_case::upper;
    if (filter == "lower") parsed.letters = letter_case::lower;
    if (parsed.letters == letter_case::keep) {
      return fail(errc::malformed, "{" + std::string(inside) + "}: expected |upper or |lower");
    }
    source = inside.substr(0, bar);
  }
  if (source.starts_with('/')) {
    auto at = json::pointer::parse(source);
    if (!at) return at.error();
    parsed.at = std::move(*at);
    return parsed;
  }
  if (!is_name(source)) {
    return fail(errc::malformed, "{" + std::string(inside) +
                                     "}: expected a parameter's name or a " +
                                     "pointer such as /config/email");
  }
  parsed.name = source;
  return parsed;
}

std::string placeholder::text() const {
  std::string out = "{" + (name.empty() ? at.text() : name);
  if (letters == letter_case::upper) out += "|upper";
  if (letters == letter_case::lower) out += "|lower";
  return out + "}";
}

result<template_value> value_of(std::string_view slice, std::string_view what) {
  if (slice.empty()) return template_value{};
  switch (json::kind_of(slice)) {
    case json::value_kind::null:
      return template_value{"", "null"};
    case json::value_kind::string:
      return template_value{json::text_of(slice), {}};
    case json::value_kind::array:
    case json::value_kind::object:
      return fail(errc::malformed, std::string(what) + ": expected a string, a number or a " +
                                       "boolean, found an array or an object");
    default:
      return template_value{std::string(slice), std::string(slice)};
  }
}

result<template_value> look_up(const placeholder& wanted, const template_lookup& lookup) {
  auto value = lookup(wanted);
  if (!value) return value;
  if (value->json.empty()) apply(wanted.letters, value->text);  // numbers and booleans have no case
  return value;
}

}  // namespace freshet
