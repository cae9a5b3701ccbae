#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

namespace freshet::test {

/// Runs one coroutine to its end on a loop of its own; fails the test when it never ends.
inline void run(boost::asio::io_context& ctx, boost::asio::awaitable<void> op) {
  std::optional<std::exception_ptr> ended;
  boost::asio::co_spawn(ctx, std::move(op), [&](std::exception_ptr e) { ended = e; });
  ctx.run();
  ctx.restart();
  ASSERT_TRUE(ended.has_value()) << "the coroutine never ended";
  if (*ended) std::rethrow_exception(*ended);
}

}  // namespace freshet::test
