#pragma once

#include <memory>
#include <vector>

#include "app/server/current_responder.hpp"
#include "core/async/task_scope.hpp"
#include "core/config/settings.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/server/listener.hpp"

namespace freshet::app {

namespace asio = boost::asio;

/// The listeners of one loop that share a gate and a responder: the public ones, or the admin one.
///
/// Lifetime: stop() must have been awaited before the destructor, once start() was called.
/// Threads:  the loop of its io_context, but for the constructor, listen() and the counters.
class http_front {
 public:
  struct environment {
    asio::io_context& ctx;
    const clock& time;
    const config::settings& settings;  // limits and proxies, for the constructor and listen()
    http::gate::mode mode = http::gate::mode::open_to_all;
    std::uint64_t epoch = 0;
    std::function<void(const http::access_record&)> log{};
    task_scope::sink on_error{};
  };

  explicit http_front(environment env);
  http_front(const http_front&) = delete;

  /// Binds; port 0 becomes the port that was chosen.
  result<> listen(asio::ip::tcp::endpoint& at, bool reuse_port);
  /// On a unix socket.
  result<> listen_at(const std::string& path);
  void start();
  /// Accepts no more; answers finish, and what is left after `patience` is cut.
  asio::awaitable<void> stop(std::chrono::nanoseconds patience);

  current_responder& answers() { return answers_; }
  http::date_block& block() { return block_; }
  const http::counters& counts() const { return counts_; }

 private:
  result<http::listener_options> limits() const;
  result<> open(http::listener_options options);

  environment env_;
  http::counters counts_;
  http::date_block block_;
  current_responder answers_;
  http::reaper reaper_;
  http::session_environment sessions_;
  std::vector<std::unique_ptr<http::listener>> listeners_;
  task_scope running_;
};

}  // namespace freshet::app
