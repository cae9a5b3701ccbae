#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>

#include "net/client/http_client.hpp"

namespace freshet {

/// One connection to an origin: plain or TLS, TCP or a unix socket.
///
/// Lifetime: `tls` borrows the socket, so it stands behind it and the whole does not move. `open`
///           counts it from construction to destruction.
struct client_connection {
  using socket_type = boost::asio::generic::stream_protocol::socket;

  client_connection(boost::asio::io_context::executor_type ex, std::size_t buffer_max,
                    std::size_t& open)
      : counted(open), socket(ex), buffer(buffer_max) {
    ++counted;
  }
  ~client_connection() { --counted; }
  client_connection(const client_connection&) = delete;

  std::size_t& counted;
  socket_type socket;
  std::string refused;  // why the peer's certificate is not good enough; used by `tls`
  std::optional<client_tls_stream> tls;
  boost::beast::flat_buffer buffer;
  mono_time kept_at{};
};

/// Makes connections to one origin: its addresses, TCP or a unix socket, TLS.
///
/// Errors:   unreachable, tls, timed_out (client_errc), naming host:port.
/// Lifetime: outlives its calls.
/// Threads:  the executor's loop.
class dialer {
 public:
  dialer(boost::asio::io_context::executor_type ex, http_client_options options);

  /// Within `connect_timeout`, the handshake included.
  boost::asio::awaitable<result<client_connection_ptr>> connect(std::size_t* open);
  const std::string& where() const { return where_; }

 private:
  boost::asio::awaitable<result<client_connection_ptr>> connect_at_leisure(std::size_t* open);
  boost::asio::awaitable<result<void>> dial(client_connection* c);
  boost::asio::awaitable<result<void>> dial_unix(client_connection* c);
  boost::asio::awaitable<result<void>> shake_hands(client_connection* c);

  boost::asio::io_context::executor_type ex_;
  http_client_options options_;
  std::string where_;  // host:port, or the socket's path
  host_lookup lookup_;
};

}  // namespace freshet
