#pragma once

#include <memory>

#include "app/bench/freshness/strategy.hpp"

namespace freshet::app {

/// freshet itself: rules, dedupe, dependency index, ledger, scheduler with limits and breakers,
/// refresher, the visitors' desk, gaps and catch-up, as the server runs them. Only what is beyond a
/// socket is the world's.
///
/// Shape:    its loop is polled, never waited for, after each step of the world. What the parts
///           leave to timers (a visitor's patience, a call's time-out) the world decides; the
///           configuration keeps theirs out of the way.
std::unique_ptr<strategy> make_freshet(std::uint64_t seed, world& in);

}  // namespace freshet::app
