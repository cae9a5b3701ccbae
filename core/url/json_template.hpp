#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/url/placeholder.hpp"

namespace freshet {

/// The `json` of a call: a JSON text in which a string that *is* one placeholder is replaced by the
/// value with its type; any other string stays as it is, braces and all.
///
/// Shape:    an empty value (null too) drops its member or element; at the root it is `null`.
/// Errors:   parse: malformed (not JSON, or a placeholder that does not parse), out_of_range.
///           expand: whatever the lookup says.
/// Lifetime: a value; immutable, so any thread may expand it.
class json_template {
 public:
  static constexpr std::size_t bytes_max = 64 * 1024;

  static result<json_template> parse(std::string_view text);

  result<std::string> expand(const template_lookup& lookup) const;
  /// In order of appearance.
  std::vector<placeholder> placeholders() const;

 private:
  struct node {
    enum class kind : std::uint8_t { literal, wanted, array, object };
    kind what = kind::literal;
    std::string literal;  // JSON text
    placeholder wanted;
    std::vector<std::string> names;  // of an object's members, as JSON strings with their `:`
    std::vector<node> children;
  };

  static result<node> build(simdjson::dom::element element, int depth);
  static result<bool> write(const node& from, const template_lookup& lookup, std::string& out);
  static void gather(const node& from, std::vector<placeholder>& found);

  node root_;
};

}  // namespace freshet
