#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "app/server/engine.hpp"
#include "app/server/serving_loop.hpp"
#include "app/server/watched_pages.hpp"
#include "core/config/load.hpp"

namespace freshet::app {

struct generation;

struct server_options {
  config::settings settings;
  /// Reads the configuration again; what is wrong with it was said already when this is empty.
  std::function<std::optional<config::settings>()> read_again;
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
  bool listen();
  void make_loops(const engine& first);
  void make_answers(generation& g);
  engine_environment engine_environment_of(generation& g, sequence first);
  std::shared_ptr<generation> make_generation(config::settings settings, sequence first,
                                              const engine* old,
                                              std::vector<config::diagnostic>& problems);
  void serve(std::shared_ptr<generation> next);
  result<std::string> reload();
  asio::awaitable<void> retire(std::shared_ptr<generation> old);
  asio::awaitable<void> await_signals();
  asio::awaitable<void> tick_for_ever();
  asio::awaitable<void> drain();
  void changed(const change_ptr& news);
  sse::hub_hooks home_hooks();
  http_front::environment front_environment(asio::io_context& ctx);

  server_options options_;
  real_clock time_;
  metrics counts_;
  std::uint64_t seed_;
  std::uint64_t epoch_;
  asio::io_context home_{1};
  std::shared_ptr<demo_world> world_;
  watched_pages watched_;
  std::shared_ptr<generation> now_;
  std::unique_ptr<serving_loop> serving_;
  std::unique_ptr<http_front> admin_;
  asio::steady_timer ticking_;
  task_scope running_;
  bool stopping_ = false;
};

}  // namespace freshet::app
