#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/http/answer/response_batch.hpp"
#include "net/http/head/request_head.hpp"
#include "net/http/server/reaper.hpp"

namespace freshet::http {

/// Asio's sockets without the type-erased executor. Sessions know the generic one only: TCP and
/// unix sockets differ when they are opened, not when they are read and written.
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using stream_socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

/// Who is at the other end.
struct peer {
  asio::ip::address address;  // of a unix socket: the loopback
  bool proxy = false;         // one of `proxies`: its X-Forwarded-For and user fields count
};

/// What a slow answer may touch of its connection.
///
/// Lifetime: lives as long as the awaitable that got it.
/// Threads:  its loop.
class connection : public reaper::client {
 public:
  connection(stream_socket socket, peer from) : socket_(std::move(socket)), from_(from) {}
  connection(const connection&) = delete;
  virtual ~connection() = default;

  stream_socket& socket() { return socket_; }
  const peer& from() const { return from_; }
  /// True once the listener stops: streams say goodbye and return.
  bool draining() const { return draining_; }

 protected:
  stream_socket socket_;
  peer from_;
  bool draining_ = false;
};

/// What the pages, the streams and the admin verbs are to the HTTP shell.
///
/// Threads: one per loop, called by it only.
class responder {
 public:
  enum class outcome : std::uint8_t { done, wait };
  enum class after : std::uint8_t { answered, taken };

  virtual ~responder() = default;

  /// Before the heads of one read are answered; no answer borrows anything yet: the place to bring
  /// the date block up to date.
  virtual void begin_turn() {}

  /// `done`: exactly one answer was added to `out`. `wait`: nothing was added, ask answer_slowly.
  /// The head's `keep_alive` is what the answer has to announce.
  virtual outcome answer(const request_head& head, const peer& from, response_batch& out) = 0;

  /// The gate refused a head and has answered with this status: for the counters.
  virtual void refused(std::uint16_t /*status*/) {}

  /// The paths that suspend. `answered`: exactly one answer was added to `out`, after the last
  /// suspension; `taken`: the responder wrote to the socket itself and has ended with it.
  /// While it runs, connection::deadline is its own to use: at the deadline the socket's operations
  /// are cancelled. `head` and what it points to stay valid until it returns.
  /// It is cancelled when the client leaves. What the client sends meanwhile is read by the session
  /// unless the socket was moved away: do that before the first suspension to read it yourself.
  virtual asio::awaitable<after> answer_slowly(const request_head* head, connection* c,
                                               response_batch* out) = 0;
};

}  // namespace freshet::http
