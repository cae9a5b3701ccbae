#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "connectors/document/document_builder.hpp"
#include "connectors/schedule/key_lists.hpp"
#include "connectors/schedule/listing.hpp"
#include "core/async/task_scope.hpp"
#include "core/observe/metrics.hpp"
#include "store/home/page_store.hpp"

namespace freshet {

/// Makes the pages of `warm` known and marks them, at its rate, before anybody asks; again each
/// `every`.
///
/// Shape:    the product of the lists, at most key_lists::pages_max. A list that cannot be read is
///           asked for again with backoff, and the last good one stays in force.
/// Errors:   logged; a value that is none of its parameter is skipped and counted.
/// Lifetime: everything given outlives it; destroyed after run() has ended.
/// Threads:  home loop only.
class warmer {
 public:
  warmer(asio::io_context::executor_type ex, const clock& time, const config::settings& settings,
         page_store& store, upstream_caller call, task_scope::sink on_error, metrics& m,
         std::uint64_t seed);
  ~warmer();

  /// Until it is cancelled.
  asio::awaitable<void> run();

  /// For `keys = "listed"`.
  listing listed(const page_key& key) const;
  bool lists(const page_key& key) const { return listed(key) == listing::listed; }
  /// An event that binds all path parameters creates the page.
  bool creates(class_id page) const;

 private:
  struct round;  // one page class that has `warm`

  asio::awaitable<void> keep_warm(round* r);
  asio::awaitable<bool> read_lists(round* r);
  asio::awaitable<void> make_pages(round* r);
  void make_page(round& r, const std::vector<std::string_view>& values, mono_time now);
  asio::awaitable<void> pause(std::chrono::nanoseconds length);

  asio::io_context::executor_type ex_;
  const clock& time_;
  const config::settings& settings_;
  page_store& store_;
  upstream_caller call_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<round>> rounds_;  // by class; null = without `warm`
  task_scope rounds_up_;
};

}  // namespace freshet
