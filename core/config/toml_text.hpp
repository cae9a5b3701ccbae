#pragma once

#include <memory>
#include <string_view>

#include "core/config/node.hpp"
#include "core/config/problems.hpp"

namespace freshet::config {

/// The text as a tree; a syntax error is a problem and gives an empty table.
///
/// Shape: text_bytes_max; brackets nest at most nesting_max deep and a dotted key has at most
///        steps_max steps, checked before the TOML library sees the text: its tables are freed by
///        recursion.
inline constexpr std::size_t text_bytes_max = 4u << 20;
inline constexpr std::size_t nesting_max = 64;
inline constexpr std::size_t steps_max = 32;
node read_toml(std::shared_ptr<const document> from, problems& out);

/// A scalar, or a list of scalars, written as in a file; else nothing. For variables and flags.
std::optional<node> read_toml_value(std::string_view text);

}  // namespace freshet::config
