#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet {

/// Why a page could not be built, for a visitor: names the upstream, and neither its address nor
/// anything that it said.
std::string failure_sentence(std::string_view upstream, const error& why);

}  // namespace freshet
