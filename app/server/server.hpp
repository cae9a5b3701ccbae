#pragma once

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "app/server/engine.hpp"
#include "app/server/restart_keys.hpp"
#include "app/server/serving_loop.hpp"
#include "app/server/watched_pages.hpp"
#include "connectors/locker/locker_notes.hpp"
#include "core/async/call_on.hpp"
#include "core/config/load.hpp"
#include "core/observe/sd_notify.hpp"
#include "net/api/public/page_responder.hpp"
#include "store/changes/change_feed.hpp"

namespace freshet::app {

class journal_side;
struct own_sources;
class side_loop;
struct generation;
struct side_site;

struct server_options {
  config::settings settings;
  /// Reads the configuration again; the error says what is wrong with it, as `check` does.
  std::function<result<config::settings>()> read_again;
  bool demo = false;
};

/// The running process: one engine, the loops that serve, the admin listener, the signals.
///
/// Shape:    run() returns the process' exit code.
/// Threads:  made and run on one thread, which becomes the home loop's.
class server {
 public:
  explicit server(server_options options);
  ~server();
  server(const server&) = delete;

  int run();

 private:
  bool open_journal();
  bool listen();
  result<> listen_on(http_front& front, const config::endpoint& where, std::string_view what,
                     bool on_all_loops);
  void make_loops(const engine& first);
  void make_answers(generation& g);
  api::public_environment public_environment(generation& g, cache_index& cache, serving_loop& loop,
                                             api::ask_for_page miss);
  void make_sides(const engine& first);
  void open_sides(generation& g);
  void answer_sides(generation& g);
  std::uint64_t sum(std::atomic<std::uint64_t> sse::hub_counters::* what) const;
  /// Streams of all loops that name this page.
  std::size_t watchers(std::string_view path) const;
  engine_environment engine_environment_of(generation& g, sequence first);
  std::shared_ptr<generation> make_generation(config::settings settings, sequence first,
                                              const engine* old,
                                              std::vector<config::diagnostic>& problems);
  void serve(std::shared_ptr<generation> next);
  result<std::string> reload();
  asio::awaitable<void> retire(std::shared_ptr<generation> old);
  asio::awaitable<void> await_signals();
  asio::awaitable<void> tick_for_ever();
  asio::awaitable<void> feed_watchdog(std::chrono::microseconds every);
  void tell_supervisor();
  asio::awaitable<void> drain();
  void changed(const change_ptr& news);
  sse::hub_hooks home_hooks();
  http_front::environment front_environment(asio::io_context& ctx);

  server_options options_;
  restart_keys started_with_;
  real_clock time_;
  metrics counts_;
  locker_notes locked_notes_;
  locker kept_{counts_, {}, &locked_notes_};
  std::uint64_t seed_;
  std::uint64_t epoch_;
  asio::io_context home_{1};
  asio::signal_set signals_;
  std::shared_ptr<demo_world> world_;
  worker_thread heavy_;
  change_feed feed_;
  std::shared_ptr<api::stream_seats> seats_;
  watched_pages watched_;
  std::unique_ptr<journal_side> journal_;  // null: memory only
  std::unique_ptr<own_sources> sources_;
  std::shared_ptr<generation> now_;
  std::unique_ptr<serving_loop> serving_;
  std::unique_ptr<http_front> admin_;
  std::vector<std::unique_ptr<side_loop>> sides_;
  asio::steady_timer ticking_;
  task_scope running_;
  std::shared_ptr<call_target> calls_;  // from the other loops
  sd_notify supervisor_;
  std::size_t sides_stopped_ = 0;
  bool stopping_ = false;
};

}  // namespace freshet::app
