#pragma once

#include <string_view>

namespace freshet::app {

/// The files of examples/, in the binary.
extern const std::string_view minimal_example;
extern const std::string_view fedora_example;
extern const std::string_view freshports_example;

}  // namespace freshet::app
