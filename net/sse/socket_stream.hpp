#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "net/sse/stream.hpp"

namespace freshet::sse {

namespace asio = boost::asio;

struct socket_limits {
  int send_buffer = 32 * 1024;   // bytes; else the kernel holds up to 4 MiB for a stalled reader
  int user_timeout_ms = 30'000;  // unacknowledged bytes: the peer is gone
};

/// A stream on a TCP or unix socket.
///
/// Shape:    writes what the kernel takes in one gather call. What the peer sends is read and
/// thrown away;
///           its end is how we learn that it left.
/// Errors:   those of the socket, from try_write.
/// Lifetime: handlers of operations under way own the state, not this object: it may die at any
/// time. Threads:  the thread of the socket's io_context.
class socket_stream final : public stream {
 public:
  using socket = asio::generic::stream_protocol::socket;

  explicit socket_stream(socket s, socket_limits limits = {});
  ~socket_stream() override;

  /// Keeps this until the stream dies: its share of a limit.
  void hold(std::shared_ptr<void> seat) { seat_ = std::move(seat); }

  /// REQUIRES: called once, after hub::add gave the id. Neither is called after close().
  void start(std::function<void()> on_writable, std::function<void()> on_gone);

  result<std::size_t> try_write(std::span<const std::string_view> buffers) override;
  void await_writable() override;
  void close() override;

 private:
  struct state;
  static void wait_write(std::shared_ptr<state> s);
  static void wait_read(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
  std::shared_ptr<void> seat_;
};

}  // namespace freshet::sse
