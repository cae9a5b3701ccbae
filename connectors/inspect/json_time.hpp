#pragma once

#include "core/clock.hpp"
#include "core/json/writer.hpp"

namespace freshet {

/// RFC 3339 in UTC with milliseconds; null for the epoch, which stands for "never" everywhere.
void write_time(json::writer& w, wall_time at);

}  // namespace freshet
