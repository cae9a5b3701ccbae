#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/json/pointer.hpp"
#include "core/result.hpp"

namespace freshet {

/// `{name}`, `{name|upper}`, `{name|lower}`, `{/pointer}`, `{/pointer|lower}`: what a template asks
/// for.
///
/// Shape:  exactly one of `name` (letters, digits, `_`, `-`) and `at` is meant: `at` when `name` is
///         empty.
/// Errors: parse (without the braces): malformed.
struct placeholder {
  enum class letter_case : std::uint8_t { keep, upper, lower };

  std::string name;
  json::pointer at;
  letter_case letters = letter_case::keep;

  static result<placeholder> parse(std::string_view inside);
  std::string text() const;  // with the braces, for messages
};

/// What stands behind a placeholder.
struct template_value {
  std::string text;  // as it stands in a URL, not yet encoded; "" = empty
  std::string json;  // as it stands in JSON; "" = `text` as a JSON string
};

/// What a slice of JSON (core/json/slices.hpp) puts there: scalars only, numbers as their source
/// spells them; null and no slice are empty.
/// Errors: malformed for an array or an object, where `what` names the placeholder.
result<template_value> value_of(std::string_view slice, std::string_view what);

/// Asked for each placeholder of a template, letter case not applied. An error ends the expansion.
using template_lookup = std::function<result<template_value>(const placeholder&)>;

/// Asks, then applies the letter case (ASCII letters only).
result<template_value> look_up(const placeholder& wanted, const template_lookup& lookup);

}  // namespace freshet
