#pragma once

#include "core/config/settings.hpp"

namespace freshet::app {

/// Raises the process' descriptor limit as far as it may, and lowers `limits.connections` and
/// `limits.streams` to what fits; says so in one log line.
void clamp_to_descriptors(config::settings& settings);

/// The pure part: how many connections fit into this many descriptors.
std::uint32_t connections_within(std::uint64_t descriptors, std::uint32_t wanted);

}  // namespace freshet::app
