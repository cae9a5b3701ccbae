#pragma once

#include <chrono>
#include <string>

namespace freshet {

/// A duration as people say it, rounded down to one unit: `850ms`, `45s`, `3m`, `2h`, `5d`.
/// For logs and reports, never to be read back.
std::string rough_duration(std::chrono::nanoseconds d);

}  // namespace freshet
