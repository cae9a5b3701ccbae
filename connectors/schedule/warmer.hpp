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
  /// What in `warm` does not fit the pages. The warmer leaves such a page alone and logs why.
  static void check(const config::settings& settings, const site& pages,
                    std::vector<config::diagnostic>& problems);

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
  std::optional<std::string> take_list(round& r, std::size_t list,
                                       const result<upstream_answer>& answer);
  void make_page(round& r, std::uint64_t n, mono_time now);
  asio::awaitable<void> pause(std::chrono::nanoseconds length);

  asio::io_context::executor_type ex_;
  const clock& time_;
  page_store& store_;
  upstream_caller call_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<round>> rounds_;  // by class; null = without `warm`
  task_scope rounds_up_;
};

}  // namespace freshet
