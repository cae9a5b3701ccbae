#pragma once

#include <chrono>
#include <cstdint>

#include "core/result.hpp"

namespace freshet {

/// Another attempt may help: no answer in time, no connection, 429 or 5xx. Not broken bytes, not
/// 4xx.
bool worth_retrying(const error& e);
/// The upstream itself failed: what its breaker counts.
bool upstream_failed(const error& e);

/// Full jitter: anything up to 250 ms x 2^attempt, at most 30 s; never before Retry-After.
/// `random` is uniform over all values; `attempt` counts from 0.
std::chrono::nanoseconds retry_delay(std::uint32_t attempt, std::chrono::seconds retry_after,
                                     std::uint64_t random);

}  // namespace freshet
