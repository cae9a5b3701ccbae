#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace freshet::test {

/// Turns the loop until `done`, or fails after four seconds. The pause only bounds how long one
/// turn blocks when the other side of the test (a libzmq thread) is not seen by the loop.
inline bool drive(boost::asio::io_context& ctx, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ctx.restart();
    ctx.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace freshet::test
