#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/upstream/events/feed_file.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/worker_thread.hpp"
#include "core/clock.hpp"
#include "core/observe/metrics.hpp"
#include "store/journal/side_file.hpp"

namespace freshet {

/// What upstreams of kind `events` answer from: the newest events by what they talk about. Events
/// go to a file on a thread of its own; a question comes behind every event that was added before.
///
/// Shape:    events of one turn of the loop are one transaction. What waits is bounded; beyond that
///           events are left out and counted. A file that cannot be written is tried again.
/// Errors:   newest(): as feed_file says, overloaded.
/// Lifetime: close() must have been awaited before the destructor.
/// Threads:  home loop only; the file is touched by `freshet-feed` alone.
class event_feed {
 public:
  static constexpr std::size_t waiting_bytes_max = 32u << 20;

  /// `path`: "" = in memory.
  event_feed(asio::io_context::executor_type ex, const clock& time, std::string path,
             feed_bounds bounds, metrics& m, task_scope::sink on_error);
  ~event_feed();

  void add(feed_entry entry);
  asio::awaitable<result<std::string>> newest(std::string feed, std::string value,
                                              std::size_t count, std::size_t bytes_max);
  /// `call` hears once everything that was added before is in the file; at once when it is.
  void when_written(std::function<void()> call);
  asio::awaitable<void> close();
  /// In memory.
  std::size_t bytes() const { return waiting_bytes_ + file_bytes_; }
  /// Why events wait for their file, and acknowledgements with them; "" = they do not.
  const std::string& trouble() const { return trouble_; }

 private:
  struct batch {
    std::vector<feed_entry> entries;
    std::size_t bytes = 0;
  };
  void hand_over();
  asio::awaitable<void> hand_over_soon();
  asio::awaitable<void> write(std::shared_ptr<const batch> what, std::uint64_t number);
  void tell_waiting();
  worker_thread& worker();

  asio::io_context::executor_type ex_;
  const clock& time_;
  batch next_;
  bool woken_ = false;
  std::string trouble_;
  std::size_t waiting_bytes_ = 0, file_bytes_ = 0;
  std::uint64_t handed_ = 0;                                              // batches
  std::set<std::uint64_t> unwritten_;                                     // their numbers
  std::vector<std::pair<std::uint64_t, std::function<void()>>> waiting_;  // until all up to it are
  counter& written_;
  counter& left_out_;
  counter& dropped_;
  counter& errors_;
  std::shared_ptr<side_file<feed_file>> file_;
  std::unique_ptr<worker_thread> worker_;  // made when it is needed
  task_scope running_;
};

}  // namespace freshet
