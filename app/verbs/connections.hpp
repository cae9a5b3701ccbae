#pragma once

#include "core/config/settings.hpp"

namespace freshet::app {

/// Tries every bus and every upstream and prints a line for each; the process' exit code.
int try_connections(const config::settings& settings);

}  // namespace freshet::app
