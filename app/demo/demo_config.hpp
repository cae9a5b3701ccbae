#pragma once

#include <string_view>

namespace freshet::app {

/// demo.toml of this folder.
extern const std::string_view demo_toml;

}  // namespace freshet::app
