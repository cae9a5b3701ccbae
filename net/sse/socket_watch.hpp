#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace freshet::sse {

namespace asio = boost::asio;

/// What is new about a socket.
struct readiness {
  bool ended;     // the other side, or the connection
  bool readable;  // it sent something
  bool writable;  // it takes bytes again
};

/// Says which of many sockets have ended or take bytes again.
///
/// Shape:    one epoll of its own inside the loop's: a quiet socket costs its entry there and
///           nothing else, neither a pending operation nor a handler. Edge-triggered; at most 64
///           sockets are told of in one turn.
/// Lifetime: sockets are removed before it dies. While there are any, it keeps the loop running.
/// Threads:  its loop, but for the constructor.
class socket_watch {
 public:
  /// May remove and add sockets; one that was removed may still be told of in the same turn.
  using ready = std::function<void(std::uint64_t number, readiness what)>;

  socket_watch(asio::io_context::executor_type ex, ready on_ready);
  ~socket_watch();
  socket_watch(const socket_watch&) = delete;

  void add(int socket, std::uint64_t number);
  /// `writable` is told when it is, at once or later.
  void await_writable(int socket, std::uint64_t number);
  void remove(int socket);

 private:
  struct state;
  static void tell(const std::shared_ptr<state>& s);
  static void wait(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace freshet::sse
