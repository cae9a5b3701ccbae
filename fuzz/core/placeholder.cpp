/// What stands between braces: a placeholder's text reads back as itself, cases are ASCII only.
#include "core/url/placeholder.hpp"

#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using letters = placeholder::letter_case;
  fuzz::input in(data, size);
  const auto inside = in.line();
  const auto parsed = placeholder::parse(inside);
  if (!parsed) return 0;
  const auto text = parsed->text();
  fuzz::require(text.size() == inside.size() + 2 && text.substr(1, inside.size()) == inside,
                "text() is what was read, in braces");
  fuzz::require(parsed->name.empty() != parsed->at.empty(), "a name or a pointer, never both");

  const std::string value(in.rest());
  const auto found = look_up(*parsed, [&](const placeholder&) -> result<template_value> {
    return template_value{value, {}};
  });
  fuzz::require(found && found->text.size() == value.size(), "case changes no length");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char was = value[i], is = found->text[i];
    const bool letter = (was >= 'a' && was <= 'z') || (was >= 'A' && was <= 'Z');
    fuzz::require(was == is || (letter && (was ^ is) == 0x20), "only ASCII letters change");
    fuzz::require(parsed->letters != letters::upper || !(is >= 'a' && is <= 'z'), "upper");
    fuzz::require(parsed->letters != letters::lower || !(is >= 'A' && is <= 'Z'), "lower");
  }
  return 0;
}
