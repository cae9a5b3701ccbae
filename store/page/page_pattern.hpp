#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// One segment of a page's path, decoded: a literal, or one capture with literals around it.
struct segment_pattern {
  std::string prefix;  // the whole segment when there is no capture
  std::string suffix;
  std::optional<std::string> capture;  // the parameter's name

  std::size_t literal_bytes() const { return prefix.size() + suffix.size(); }
};

/// `/packages/{package}/updates.json?release&status&page=1`, taken apart.
///
/// Shape:  at most `segments_max` segments and 32 query parameters; "/" is one empty literal.
/// Errors: malformed: no leading slash, an empty segment before the last, `.` and `..`, two
///         captures in one segment, a bad name, a reserved prefix, a bad escape; duplicate: a name
///         twice.
struct page_pattern {
  static constexpr std::size_t segments_max = 32;

  std::vector<segment_pattern> segments;
  std::vector<std::pair<std::string, std::string>> query;  // name, default as written

  static result<page_pattern> parse(std::string_view text);
};

/// True when a path with this first segment belongs to the server itself: `/-/`, `/.well-known/`,
/// `/_console`.
bool is_reserved(std::string_view first_segment);

}  // namespace freshet
