#pragma once

#include <absl/container/flat_hash_map.h>

#include <map>
#include <memory>
#include <optional>

#include "core/async/task_scope.hpp"
#include "net/http/server/address_set.hpp"
#include "net/http/server/session.hpp"
#include "net/http/server/socket_file.hpp"

namespace freshet::http {

struct listener_options {
  asio::ip::tcp::endpoint at;  // port 0: the kernel chooses
  std::string path;            // of a unix socket, instead of `at`; empty = TCP
  bool reuse_port = false;     // one listener per loop on the same port
  std::uint32_t connections = 10'000;
  std::uint32_t connections_per_address = 0;  // 0 = off
  address_set proxies;                        // never limited by address
  int backlog = 4096;
};

/// Accepts connections and owns their sessions.
///
/// Shape:    at the total limit accepting pauses until a connection ends; beyond the limit of one
///           address its connection is closed at once; without descriptors it waits 100 ms or for a
///           connection to end, so it never spins. Who comes through a unix socket counts as
///           127.0.0.1, so that `proxies` decides whether to believe it.
/// Errors:   open(): the address cannot be bound, see socket_file. A session's exception goes to
///           the sink.
/// Lifetime: stop() must have been awaited before the destructor, and run() has returned by then.
/// Threads:  its loop.
class listener {
 public:
  static result<std::unique_ptr<listener>> open(asio::io_context& ctx, listener_options options,
                                                const session_environment& env,
                                                task_scope::sink on_error);

  /// Where it listens; empty for a unix socket.
  asio::ip::tcp::endpoint local() const { return local_; }
  std::size_t connections() const { return live_.size(); }

  /// Accepts until stop().
  asio::awaitable<void> run();
  /// No new connections; idle ones end, busy ones finish; after `patience` the rest is cut.
  asio::awaitable<void> stop(std::chrono::nanoseconds patience);

 private:
  using timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>,
                                           asio::io_context::executor_type>;
  using acceptor =
      asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;
  enum class accepted : std::uint8_t { one, none, failed };

  listener(asio::io_context& ctx, listener_options options, const session_environment& env,
           task_scope::sink on_error);
  result<> bind();
  result<> bind_tcp();
  result<> bind_unix();
  result<> prepare();
  accepted accept_one();
  void admit(int descriptor, const asio::ip::address& from);
  void leave(session& who);
  bool is_limited(const peer& who) const;
  std::vector<session*> everybody() const;
  asio::awaitable<void> pause(std::chrono::nanoseconds at_most);

  asio::io_context& ctx_;
  listener_options options_;
  const session_environment& env_;
  task_scope::sink on_error_;
  acceptor acceptor_;
  asio::generic::stream_protocol protocol_{AF_INET, 0};
  asio::ip::tcp::endpoint local_;
  std::optional<socket_file> file_;
  timer seat_freed_;
  absl::flat_hash_map<session*, std::unique_ptr<session>> live_;
  using over = std::vector<std::unique_ptr<session>>;
  std::shared_ptr<over> over_;  // until the turn in which they ended is over
  std::map<asio::ip::address_v6, std::uint32_t> per_address_;
  bool stopping_ = false;
  std::unique_ptr<poller> ready_;
  std::unique_ptr<session_desk> desk_;
  task_scope running_;  // the poller and slow answers
};

}  // namespace freshet::http
