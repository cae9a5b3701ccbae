#pragma once

#include <string_view>
#include <vector>

#include "core/config/settings.hpp"

namespace freshet {

/// By page class: whether a message of this bus can mark its pages, through a rule of the page or
/// through a `[[tag]]` whose names a rule asks for. When in doubt, yes.
std::vector<bool> reach_of_bus(const config::settings& settings, std::size_t bus);

/// Whether a topic that begins with `prefix` may match the pattern.
bool may_match(const topic_pattern& pattern, std::string_view prefix);

}  // namespace freshet
