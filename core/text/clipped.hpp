#pragma once

#include <string_view>

namespace freshet {

/// The first bytes of a text, at most `most` and no half character at their end.
std::string_view clipped(std::string_view text, std::size_t most);

}  // namespace freshet
