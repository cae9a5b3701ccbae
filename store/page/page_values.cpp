#include "store/page/page_values.hpp"

namespace freshet {
namespace {

result<template_value> parameter_value(const page_class& page, const page_key& key,
                                       const placeholder& wanted) {
  const auto at = page.index_of(wanted.name);
  if (!at) return fail(errc::missing, page.name() + " has no parameter " + wanted.name);
  const auto& text = key.values[*at];
  return template_value{text, page.parameters()[*at].is_integer() ? text : std::string()};
}

}  // namespace

template_lookup lookup_in(const page_class& page, const page_key& key,
                          const simdjson::dom::element* document) {
  return [&page, &key, document](const placeholder& wanted) -> result<template_value> {
    if (!wanted.name.empty()) return parameter_value(page, key, wanted);
    if (document == nullptr) return template_value{};
    const auto found = wanted.at.find(*document);
    if (!found) return template_value{};
    return value_of(*found, wanted.text());
  };
}

result<void> check_names(const page_class& page, std::span<const placeholder> wanted) {
  for (const auto& one : wanted) {
    if (one.name.empty() || page.index_of(one.name)) continue;
    return fail(errc::missing, one.text() + ": " + page.name() + " has no such parameter");
  }
  return {};
}

}  // namespace freshet
