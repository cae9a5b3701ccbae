#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet::json {

/// A compiled RFC 6901 pointer. A step that is exactly `*` stands for each element or member when
/// the pointer is walked with each(); in find() it is an ordinary member name.
///
/// Shape:    "" is the whole document; else "/a/b"; at most 64 steps.
/// Errors:   parse: malformed (no leading slash, a bad ~ escape), out_of_range.
/// Lifetime: a value. Elements that it finds borrow from the document.
class pointer {
 public:
  static constexpr std::size_t steps_max = 64;
  using visitor = std::function<bool(simdjson::dom::element)>;

  static result<pointer> parse(std::string_view text);
  pointer() = default;  // the whole document

  const std::string& text() const { return text_; }
  bool empty() const { return steps_.empty(); }
  bool has_wildcard() const;
  const std::vector<std::string>& steps() const { return steps_; }
  /// The pointer without its first step.
  pointer tail() const;

  /// The one element, or nothing. Duplicate keys: the first wins. `skip` leaves out the first
  /// steps.
  std::optional<simdjson::dom::element> find(simdjson::dom::element root,
                                             std::size_t skip = 0) const;
  /// Every element that the pointer names, in document order; stops when `visit` returns false.
  /// Returns false when it was stopped. A `*` over an object visits duplicate keys twice.
  bool each(simdjson::dom::element root, const visitor& visit, std::size_t skip = 0) const;

  bool operator==(const pointer& other) const { return text_ == other.text_; }

 private:
  std::string text_;
  std::vector<std::string> steps_;
};

}  // namespace freshet::json
