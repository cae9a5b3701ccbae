#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json/pointer.hpp"
#include "core/select/event.hpp"
#include "core/select/glob.hpp"

namespace freshet {

/// The values that one selector takes from an event, or from a built page (CONTRACT.md 3.2).
///
/// Shape:    numbers yield their source text, booleans true/false, arrays their elements; null,
///           objects and empty strings yield nothing. At most `values_max` values.
/// Lifetime: a value; immutable after parsing, so any thread may use it.
class selector {
 public:
  static constexpr std::size_t values_max = 10'000;

  /// `"/pointer"`.
  static result<selector> from_pointer(std::string_view text);
  /// `{ at = "/p", like = "{}-*-*", split = ", " }`; like and split may be empty.
  static result<selector> from_at(std::string_view at, std::string_view like,
                                  std::string_view split);
  /// `{ keys = "/headers", like = "prefix_{}" }`: the names of an object's members.
  static result<selector> from_keys(std::string_view keys, std::string_view like);
  /// `{ value = "{/msg/category}/{/msg/port}" }`: text with pointers; nothing if one of them yields
  /// nothing.
  static result<selector> from_value(std::string_view text);

  /// Appends what the selector yields; `each` is the element that `/each/...` names. Returns false
  /// when values_max was reached.
  bool take(const event& from, const simdjson::dom::element* each,
            std::vector<std::string>& values) const;
  /// The same over a plain document, for `shows` and `warm`.
  bool take(simdjson::dom::element document, std::vector<std::string>& values) const;

  const std::string& text() const { return text_; }

 private:
  enum class kind { at, keys, value };
  struct piece {
    std::string literal;
    std::optional<json::pointer> at;
  };

  kind kind_ = kind::at;
  std::string text_;
  json::pointer at_;
  std::optional<glob> like_;
  std::string split_;
  std::vector<piece> pieces_;
};

/// The first selector that yields anything.
using selector_list = std::vector<selector>;

}  // namespace freshet
