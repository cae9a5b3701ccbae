#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "app/server/generation.hpp"
#include "app/server/serving_loop.hpp"
#include "core/async/call_on.hpp"
#include "store/changes/change_feed.hpp"

namespace freshet::app {

/// What one further loop knows of one generation: its own index of the pages, and the responder
/// that reads from it.
///
/// Lifetime: dies on its loop, and lets go of the generation on home.
struct side_site {
  side_site(asio::io_context& home_loop, std::uint64_t seed) : home(home_loop), index(seed) {}
  ~side_site() {
    asio::post(home, [kept = std::move(keep)] {});
  }
  side_site(const side_site&) = delete;

  asio::io_context& home;
  std::shared_ptr<generation> keep;
  cache_index index;
  std::unique_ptr<api::page_responder> answers;
};

/// Asked of a canonical path.
using page_question = std::function<bool(std::string_view)>;

/// A further loop: its own thread, listeners and streams. It reads home's cache, hears of changes
/// through a mailbox and sends its misses home.
///
/// Lifetime: stop() was called and its `done` ran, then join(), before the destructor.
/// Threads:  the functions are called on home; what they do there is stated.
class side_loop {
 public:
  struct environment {
    asio::io_context& home;
    http_front::environment front;  // its ctx is replaced by the loop's own
    std::uint64_t seed;
    change_feed& feed;
    const change_log& home_changes;
    std::function<void(std::string path, bool watched)> watch;  // called on home
    std::function<void(const change&)> first_sent;              // called on the loop
  };

  explicit side_loop(environment env);
  ~side_loop();

  result<> listen(asio::ip::tcp::endpoint& at) { return serving_->front().listen(at, true); }
  void start();
  /// The loop answers from this site from its next turn on; streams that name a page for which
  /// `leave` (if any) says so end then.
  void serve(std::shared_ptr<side_site> site, page_question leave);
  /// Applies what home's cache says, then `acknowledge(round, index bytes)` runs on home.
  void apply(std::shared_ptr<side_site> site, index_update_ptr update,
             std::function<void(std::uint64_t, std::size_t)> acknowledge);
  /// `done` runs on home.
  void stop(std::chrono::nanoseconds patience, std::function<void()> done);
  void join();

  serving_loop& serving() { return *serving_; }

 private:
  sse::hub_hooks hooks();
  sse::page_state current(std::string_view path);

  environment env_;
  asio::io_context ctx_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<change_mailbox> mailbox_;
  std::unique_ptr<change_replica> replica_;
  std::shared_ptr<side_site> now_;  // the loop's own, once it runs
  std::unique_ptr<serving_loop> serving_;
  std::thread thread_;
};

}  // namespace freshet::app
