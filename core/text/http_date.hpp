#pragma once

#include <optional>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that every sender must use (RFC 9110 5.6.7); nothing
/// for another text, nor for the two forms of the last century, nor for what the clock cannot hold.
std::optional<wall_time> parse_http_date(std::string_view text);

}  // namespace freshet
