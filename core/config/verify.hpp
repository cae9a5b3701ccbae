#pragma once

#include <optional>

#include "core/config/reader.hpp"
#include "core/config/verify_settings.hpp"

namespace freshet::config {

/// `verify` of a bus; nothing when it is absent or off.
void read_verify(table_reader& bus, std::optional<verify_settings>& into);
/// The same as a person would write it.
std::string show_verify(const verify_settings& from);

}  // namespace freshet::config
