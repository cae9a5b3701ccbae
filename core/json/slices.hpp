#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/json/pointer.hpp"

/// The values of a JSON text as slices of it: what is copied from one document into another keeps
/// every byte that its source had, numbers with all their digits.
///
/// Shape:    REQUIRES valid JSON without more around it than white space (json::reader says so); of
///           anything else they are some slices, or none. Slices have no white space around them.
///           A step over a value costs its length, however deep it is; nothing recurses.
/// Lifetime: everything borrows from the text.
namespace freshet::json {

enum class value_kind : std::uint8_t { null, boolean, number, string, array, object };

std::string_view trimmed(std::string_view text);
/// REQUIRES: a slice, not empty.
value_kind kind_of(std::string_view value);
/// The name of a kind, for messages: "an array".
std::string_view noun_of(value_kind kind);
/// What a string's slice, or a member's name as it is spelt, means. Half a surrogate pair becomes
/// U+FFFD.
std::string unescaped(std::string_view spelt);
/// The slice of a string, unescaped.
std::string text_of(std::string_view string_slice);

/// The elements of an array, one after the other.
class elements {
 public:
  explicit elements(std::string_view array);
  bool next();
  std::string_view value() const { return value_; }

 private:
  std::string_view text_;
  std::size_t at_ = 1;
  std::string_view value_;
};

/// The members of an object, in its order; equal names come again.
class members {
 public:
  explicit members(std::string_view object);
  bool next();
  /// As it is spelt, without its quotes.
  std::string_view spelt_name() const { return name_; }
  bool is(std::string_view name) const;
  std::string_view value() const { return value_; }

 private:
  std::string_view text_;
  std::size_t at_ = 1;
  std::string_view name_, value_;
};

/// What stands at `at`; empty when nothing does. Of equal names the first. `*` is a name like any
/// other.
std::string_view slice_at(std::string_view text, const pointer& at);

}  // namespace freshet::json
