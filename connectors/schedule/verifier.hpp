#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "core/config/settings.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

namespace asio = boost::asio;

/// Has the pages that may have missed events built again, and those whose body was lost, at a
/// bounded rate: a verify_round, and the timer between its steps.
///
/// Lifetime: everything given outlives it; destroyed after run() has ended.
/// Threads:  home loop only.
class verifier {
 public:
  verifier(asio::io_context::executor_type ex, const clock& time, const config::settings& settings,
           page_store& store)
      : ex_(ex), time_(time), settings_(settings), store_(store) {}

  /// Until every page had its turn, or until it is cancelled.
  asio::awaitable<void> run();

 private:
  asio::io_context::executor_type ex_;
  const clock& time_;
  const config::settings& settings_;
  page_store& store_;
};

}  // namespace freshet
