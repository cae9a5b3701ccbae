#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/pointer.hpp"
#include "core/result.hpp"

namespace freshet::config {
struct parameter_settings;
}

namespace freshet {

/// One parameter of a page and the only rule that turns what somebody wrote into its value.
///
/// Shape:    normalise() is idempotent. Values are valid UTF-8 without control characters, at most
///           `bytes_max` bytes. A path capture also is not empty, `.` or `..` and holds no `/` or
///           `\`. A query parameter that is absent or equals its default has the default, whatever
///           the other rules say.
/// Errors:   malformed, out_of_range; the detail names the parameter and what was expected, and
///           never repeats the value.
/// Lifetime: a value; immutable once compiled, so any thread may read.
class page_parameter {
 public:
  enum class place : std::uint8_t { path, query, derived };
  static constexpr std::size_t bytes_max = 255;

  page_parameter(std::string name, place where) : name_(std::move(name)), place_(where) {}
  /// Takes over the rules of `param = { name = ... }`.
  /// Errors: a rule that cannot hold.
  result<void> restrict(const config::parameter_settings& rules);
  /// Query parameters only; normalised by the rules.
  /// Errors: the default breaks a rule.
  result<void> set_default(std::string_view text);

  const std::string& name() const { return name_; }
  place where() const { return place_; }
  const std::string& fallback() const { return fallback_; }
  /// Values are decimal integers: `json` templates write them as numbers.
  bool is_integer() const { return range_.has_value(); }
  /// Parameters that this `json` segment yields.
  const std::vector<std::pair<std::string, json::pointer>>& yields() const { return yields_; }

  /// Brings `value` into its one form, in place.
  result<void> normalise(std::string& value) const;

 private:
  error refuse(errc code, std::string_view expected) const;
  result<void> check_text(std::string_view value) const;
  bool all_allowed(std::string_view value) const;

  std::string name_;
  place place_;
  std::string fallback_;
  bool lower_ = false;
  std::size_t max_ = bytes_max;
  std::optional<std::vector<std::string>> in_;
  std::optional<std::pair<std::int64_t, std::int64_t>> range_;
  std::vector<std::pair<char32_t, char32_t>> chars_;  // ranges; empty = any
  std::vector<std::pair<std::string, json::pointer>> yields_;
};

}  // namespace freshet
