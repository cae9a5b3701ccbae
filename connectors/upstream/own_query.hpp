#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// A value out of the query of a target that a url_template made; nothing when the pair was left
/// out or cannot be read.
std::optional<std::string> query_value(std::string_view target, std::string_view name);

/// The same as a number; nothing when it is none.
std::optional<std::size_t> query_number(std::string_view target, std::string_view name);

}  // namespace freshet
