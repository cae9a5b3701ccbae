#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

namespace freshet::app {

/// Runs `op` on `ctx` until it ends, or until SIGINT or SIGTERM cancels it. True: it ended by
/// itself. A second signal ends the process the usual way. `on_tick` is called five times a second.
///
/// Errors:   an exception of `op` is rethrown, but not the cancellation we asked for.
/// Threads:  blocks the caller; `ctx` must be run by nobody else.
bool run_interruptible(boost::asio::io_context& ctx, boost::asio::awaitable<void> op,
                       const std::function<void()>& on_tick = {});

}  // namespace freshet::app
