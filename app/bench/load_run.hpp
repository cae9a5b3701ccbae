#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <string>
#include <vector>

#include "app/bench/flood.hpp"
#include "app/bench/load_report.hpp"
#include "app/client/event_stream.hpp"
#include "app/client/remote.hpp"
#include "core/async/task_scope.hpp"
#include "net/client/http_stream.hpp"

namespace freshet::app {

struct load_options {
  std::vector<std::string> targets;  // pages, asked for in turn
  std::vector<std::string> stream_targets = {"/.well-known/mercure?match_urlpattern=*"};  // in turn
  std::size_t connections = 64, depth = 1, streams = 200;
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::chrono::nanoseconds warm_up_max = std::chrono::seconds(30);
};

/// Visitors and event streams at once against one server.
///
/// Shape:    the warm-up lasts until every page was answered and every stream is open, and at
///           least `warm_up`; only then anything is counted.
/// Errors:   run: closed when our own process ended meanwhile. What the server answers, and
///           connections that fail, are in the report.
/// With a flood, messages pour in over ZeroMQ while it counts, and it notes how far the
/// server falls behind and how long after a message its page's readers were told.
/// Lifetime: what it borrows outlives it. run() once; interrupted, it keeps what it found.
/// Threads:  the loop of `ctx`.
class load_run {
 public:
  /// `admin` null: nobody asks for metrics. `child` null: the server is not ours. `messages` null:
  /// no flood; else it needs `admin`.
  load_run(asio::io_context& ctx, const remote& server, const remote* admin,
           const child_server* child, load_options options, flood* messages = nullptr);

  asio::awaitable<result<>> run();
  const load_report& report() const { return report_; }
  /// One line for people who wait.
  std::string progress_text() const;

 private:
  asio::awaitable<result<>> measure();
  asio::awaitable<bool> pause(std::chrono::nanoseconds length);
  asio::awaitable<void> follow(std::string target);
  asio::awaitable<void> watch_backlog();
  void note_wait(const stream_event& event);
  asio::awaitable<void> read_stream(http_stream* stream);
  asio::awaitable<std::string> scrape();
  void begin_counting(const std::string& metrics);
  void stop_counting();
  void end(const std::string& metrics);
  void start_load();
  result<> alive() const;
  bool warm() const;

  asio::io_context& ctx_;
  const remote& server_;
  const remote* admin_;
  const child_server* child_;
  flood* flood_;
  load_options options_;
  client_dialer dialer_;
  http_client asker_;  // of metrics
  page_round pages_;
  load_counts counts_;
  load_report report_;
  std::deque<visitor> visitors_;
  std::size_t streams_open_ = 0;
  std::string metrics_before_;
  process_use child_before_;
  std::chrono::nanoseconds own_cpu_before_{};
  mono_time began_{};
  bool counting_ = false;
  task_scope load_;
};

}  // namespace freshet::app
