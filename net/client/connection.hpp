#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>

#include "net/client/http_client.hpp"

namespace freshet {

/// One connection to an origin: plain or TLS, TCP or a unix socket.
///
/// Lifetime: `tls` borrows the socket, so it stands behind it and the whole does not move.
struct client_connection {
  using socket_type = boost::asio::generic::stream_protocol::socket;

  client_connection(boost::asio::io_context::executor_type ex, std::size_t buffer_max)
      : socket(ex), buffer(buffer_max) {}
  socket_type socket;
  std::optional<boost::asio::ssl::stream<socket_type&>> tls;
  boost::beast::flat_buffer buffer;
  std::chrono::steady_clock::time_point kept_at;
};

/// Connects within `options.connect_timeout`, the TLS handshake included.
///
/// Errors:   unreachable, tls, timed_out (client_errc).
boost::asio::awaitable<result<client_connection_ptr>> connect(
    boost::asio::io_context::executor_type ex, http_client_options options);

}  // namespace freshet
