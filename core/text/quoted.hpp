#pragma once

#include <string>
#include <string_view>

namespace freshet {

/// A text as TOML's basic string, quotes and all: whatever it holds, a configuration that it is
/// shown in reads it back.
std::string in_quotes(std::string_view text);

}  // namespace freshet
