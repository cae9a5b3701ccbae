#pragma once

#include <string>

#include "core/json/pointer.hpp"
#include "core/result.hpp"

namespace freshet {

/// Rewrites a path segment that is JSON into its one spelling: no white space, members sorted, the
/// first of equal names, numbers as short as they go. Idempotent.
/// Errors: malformed: not JSON, or a text that needs a backslash (a segment cannot hold one).
result<void> minify_json_segment(std::string& segment);

/// What `at` yields in a minified segment: strings, numbers and booleans as text; "" when there is
/// nothing, null, an array or an object, or text that a key cannot hold.
std::string value_in_segment(const std::string& segment, const json::pointer& at);

}  // namespace freshet
