#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/settings.hpp"

namespace freshet::app {

/// The keys that a running process cannot change, each with its value as text.
///
/// Shape: sockets, loops, and what sessions and streams were made with; all else follows a reload.
using restart_keys = std::vector<std::pair<std::string, std::string>>;
restart_keys restart_keys_of(const config::settings& settings);

/// Names of those that read differently.
std::vector<std::string> changed_keys(const restart_keys& before, const restart_keys& after);

}  // namespace freshet::app
