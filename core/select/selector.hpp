#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/pointer.hpp"
#include "core/select/event.hpp"
#include "core/select/field_shape.hpp"
#include "core/select/glob.hpp"

namespace freshet {

class pointer_scope;

/// How a text becomes values: it is split at any of `split`, what stands before the first `before`
/// is left of each piece, and that must be like one of `like`, the first of them that fits. What is
/// empty does nothing.
struct cutting {
  std::vector<std::string> split{};
  std::string before{};
  std::vector<std::string> like{};
};

/// The values that one selector takes from an event, or from a built page (CONTRACT.md 3.2).
///
/// Shape:    numbers yield their source text (json::number_text; event::bytes is the source),
///           booleans true/false, arrays their elements at any depth; null, objects and empty
///           strings yield nothing, nor does a value over `value_bytes_max`. At most `values_max`
///           values.
/// Errors:   malformed: a bad pointer, glob or template; out_of_range.
/// Lifetime: a value; immutable after parsing, so any thread may use it.
class selector {
 public:
  static constexpr std::size_t values_max = 10'000;
  static constexpr std::size_t value_bytes_max = 4096;  // a parameter has at most 255

  /// `"/pointer"`.
  static result<selector> from_pointer(std::string_view text);
  /// `{ at = "/p", split = [",", " "], before = "(", like = ["{}-*-*", "{}"] }`.
  static result<selector> from_at(std::string_view at, cutting how);
  /// With at most one of each; they may be empty.
  static result<selector> from_at(std::string_view at, std::string_view like,
                                  std::string_view split);
  /// `{ keys = "/headers", like = "prefix_{}" }`: the names of an object's members.
  static result<selector> from_keys(std::string_view keys, std::vector<std::string> like);
  static result<selector> from_keys(std::string_view keys, std::string_view like);
  /// `{ value = "{/msg/category}/{/msg/port}" }`: text with pointers; nothing if one of them yields
  /// nothing, the product if one yields several. `{` always begins a pointer.
  static result<selector> from_value(std::string_view text);

  /// Appends what the selector yields; `each` is the element that `/each/...` names (may be null).
  /// Returns false when a value was left out because `values` already had values_max.
  bool take(const event& from, const simdjson::dom::element* each,
            std::vector<std::string>& values) const;
  /// The same over a plain document, for `shows` and `warm`; `source` is the text that it was
  /// parsed from (without it doubles are written in their shortest form). A list of keys may have
  /// more values than an event: `most`.
  bool take(simdjson::dom::element document, std::vector<std::string>& values,
            std::string_view source = {}, std::size_t most = values_max) const;

  /// What stands where this reads; a template is as good as the worst of its pointers.
  field_shape shape(const event& from, const simdjson::dom::element* each) const;
  const std::string& text() const { return text_; }

 private:
  enum class kind { at, keys, value };
  struct piece {
    std::string literal;
    std::optional<json::pointer> at;
  };
  bool take_from(const pointer_scope& from, std::vector<std::string>& values,
                 std::size_t most) const;
  bool take_at(const pointer_scope& from, std::vector<std::string>& values, std::size_t most) const;
  bool take_value(const pointer_scope& from, std::vector<std::string>& values,
                  std::size_t most) const;
  bool add(std::string_view text, std::vector<std::string>& values, std::size_t most) const;
  std::size_t cut_at(std::string_view text, std::size_t& behind) const;
  void write_cutting(const cutting& how);

  kind kind_ = kind::at;
  std::string text_;
  json::pointer at_;
  std::vector<glob> like_;
  std::vector<std::string> split_;
  std::string before_;
  std::vector<piece> pieces_;
};

using selector_list = std::vector<selector>;

/// What the first selector yields that yields anything. Returns as selector::take.
bool take_first(const selector_list& selectors, const event& from,
                const simdjson::dom::element* each, std::vector<std::string>& values);

/// What the best of the selectors stands before.
field_shape best_shape(const selector_list& selectors, const event& from,
                       const simdjson::dom::element* each);

}  // namespace freshet
