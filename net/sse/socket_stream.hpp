#pragma once

#include <memory>

#include "net/sse/socket_watch.hpp"
#include "net/sse/stream.hpp"

namespace freshet::sse {

struct socket_limits {
  int send_buffer = 32 * 1024;   // bytes; else the kernel holds up to 4 MiB for a stalled reader
  int user_timeout_ms = 30'000;  // unacknowledged bytes: the peer is gone
};

/// A stream on a TCP or unix socket.
///
/// Shape:    a descriptor and a seat; no handler and no buffer waits for it. What the peer sends is
///           read and thrown away; its end is how we learn that it left.
/// Errors:   those of the socket, from try_write.
/// Lifetime: the watch outlives it.
/// Threads:  the thread of the watch's loop.
class socket_stream final : public stream {
 public:
  /// Takes over a connected socket. `seat` is kept until the stream dies: its share of a limit.
  socket_stream(int socket, socket_watch& watch, std::shared_ptr<void> seat = {},
                socket_limits limits = {});
  ~socket_stream() override;
  socket_stream(const socket_stream&) = delete;

  /// From now on the watch tells of it under this number.
  void start(std::uint64_t number);

  result<std::size_t> try_write(std::string_view bytes) override;
  int descriptor() const override { return socket_; }
  void await_writable() override;
  bool swallow() override;
  void close() override;

 private:
  int socket_;
  bool started_ = false;
  bool wants_write_ = false;  // perhaps before start()
  std::uint64_t number_ = 0;
  socket_watch& watch_;
  std::shared_ptr<void> seat_;
};

}  // namespace freshet::sse
