#pragma once

#include <optional>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// RFC 3339 (`2026-11-21T06:00:00Z`, an offset and fractions allowed), or seconds since 1970 with
/// or without fractions. Nothing for anything else, or outside of 1970 and 11 April 2262, where
/// wall_time ends.
std::optional<wall_time> parse_timestamp(std::string_view text);

}  // namespace freshet
