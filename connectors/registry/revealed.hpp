#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/settings.hpp"
#include "core/result.hpp"

namespace freshet {

/// Headers, or a program's variables, as they are now.
///
/// Errors: the first that cannot be read; the detail names it, behind `where` and a dot.
result<std::vector<std::pair<std::string, std::string>>> revealed(
    const config::header_settings& from, const std::string& where);

}  // namespace freshet
