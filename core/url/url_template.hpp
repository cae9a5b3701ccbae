#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/url/placeholder.hpp"

namespace freshet {

/// The origin-form target of a call to an upstream: `/rpms/{package}?state={state}&page={/next}`.
///
/// Shape:    every substituted byte but unreserved ones is percent-encoded, so that a value never
///           changes the host, the path's depth or the query: `a/b` is `a%2Fb`. In the query a pair
///           with an empty value behind a placeholder is left out, name and all.
/// Errors:   parse: malformed (no leading slash, `//`, `.` and `..` segments, `#`, bytes that a URL
///           cannot hold, a placeholder in a query name). expand: malformed when values make a
///           segment `.`, `..` or empty; out_of_range beyond `bytes_max`; whatever the lookup says.
/// Lifetime: a value; immutable, so any thread may expand it.
/// Source:   RFC 3986 6.2.2.3; the WHATWG URL standard reads `%2e%2e` as `..`, hence the refusal.
class url_template {
 public:
  static constexpr std::size_t bytes_max = 16 * 1024;

  static result<url_template> parse(std::string_view text);

  result<std::string> expand(const template_lookup& lookup) const;
  const std::string& text() const { return text_; }
  /// In order of appearance.
  std::vector<placeholder> placeholders() const;

 private:
  using piece = std::variant<std::string, placeholder>;
  using pieces = std::vector<piece>;
  struct pair {
    std::string name;  // with its `=`, if it has one
    pieces value;
  };

  static result<pieces> parse_pieces(std::string_view text);
  static result<void> parse_query(std::string_view text, url_template& parsed);
  static result<bool> append(const pieces& from, const template_lookup& lookup, std::string& out);

  std::string text_;
  std::vector<pieces> segments_;
  std::vector<pair> query_;
};

}  // namespace freshet
