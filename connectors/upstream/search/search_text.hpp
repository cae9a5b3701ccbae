#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/settings.hpp"

namespace freshet {

/// What one page is found by: for each selector its values; the first one's first value is its
/// name.
using search_text = std::vector<std::vector<std::string>>;

/// Which pages an upstream of kind `search` finds, and by what.
///
/// Shape:    at most `values_max` values and `bytes_max` bytes of a page; the rest is left out.
/// Lifetime: a value; immutable, so any thread may read.
struct search_definition {
  static constexpr std::size_t values_max = 1000;
  static constexpr std::size_t bytes_max = 64 * 1024;

  std::string name;
  std::string of;  // the class whose pages they are
  selector_list text;
  std::vector<config::where_entry> where_entries;
  std::size_t body_max = 4u << 20;

  static search_definition from(const config::upstream_settings& settings, std::size_t body_max);
  /// Tells another definition from this one.
  std::uint64_t hash() const;
  /// Nothing when the page is not to be found: it has no name, or does not meet `where`.
  std::optional<search_text> read(std::string_view body) const;
};

}  // namespace freshet
