#pragma once

#include <string_view>
#include <vector>

#include "core/config/shaping.hpp"

namespace freshet {

/// Puts the slices of rows into the order that the keys ask for (connectors/document/shape.hpp has
/// the rules). REQUIRES: each row is a slice of valid JSON.
void sort_rows(std::vector<std::string_view>& rows, const std::vector<config::sort_key>& keys);

}  // namespace freshet
