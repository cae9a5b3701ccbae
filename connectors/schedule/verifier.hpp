#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "core/config/settings.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

namespace asio = boost::asio;

/// After a start: has the pages that may have missed events built again, and those whose body was
/// lost, those that are asked for most first, at a bounded rate.
///
/// Shape:    `warm.rate` pages a second of each class, 50 where it has none. What visitors and
///           watchers ask for does not wait for its turn here (page_store::visited).
/// Lifetime: everything given outlives it; destroyed after run() has ended.
/// Threads:  home loop only.
class verifier {
 public:
  static constexpr double usual_rate = 50;

  verifier(asio::io_context::executor_type ex, const clock& time, const config::settings& settings,
           page_store& store)
      : ex_(ex), time_(time), settings_(settings), store_(store) {}

  /// Until every page had its turn, or until it is cancelled.
  asio::awaitable<void> run();

 private:
  asio::awaitable<void> collect();
  bool in_doubt(page_ref page) const;

  asio::io_context::executor_type ex_;
  const clock& time_;
  const config::settings& settings_;
  page_store& store_;
  std::vector<std::vector<page_ref>> pages_;  // by class; the last is the next
  std::size_t left_ = 0;
};

}  // namespace freshet
