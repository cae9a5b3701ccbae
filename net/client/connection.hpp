#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>

#include "net/client/http_client.hpp"

namespace freshet {

/// One connection to an origin: plain or TLS, TCP or a unix socket.
///
/// Lifetime: `tls` borrows the socket and `refused`, so it stands behind them and the whole does
///           not move. It is counted in `open` as long as it lives.
struct client_connection {
  using socket_type = boost::asio::generic::stream_protocol::socket;

  client_connection(boost::asio::io_context::executor_type ex, std::size_t buffer_max,
                    std::shared_ptr<std::size_t> counter)
      : open(std::move(counter)), socket(ex), buffer(buffer_max) {
    ++*open;
  }
  ~client_connection() { --*open; }
  client_connection(const client_connection&) = delete;

  std::shared_ptr<std::size_t> open;
  socket_type socket;
  std::string refused;  // why the peer's certificate is not good enough
  std::optional<client_tls_stream> tls;
  boost::beast::flat_buffer buffer;
  mono_time kept_at{};
};

/// Makes connections to the origin that the options name.
///
/// Shape:    looks the name up, tries its addresses in turn, shakes hands: all of it within
///           `connect_timeout`. Beyond `connections` at a time: overloaded.
/// Errors:   unreachable, tls, timed_out, overloaded (client_errc), naming host:port or the path.
/// Lifetime: outlives its calls; connections may outlive it.
/// Threads:  the executor's loop.
class client_dialer {
 public:
  client_dialer(boost::asio::io_context::executor_type ex, http_client_options options);
  boost::asio::awaitable<result<client_connection_ptr>> connect();

  std::size_t open() const { return *open_; }
  std::uint64_t made() const { return made_; }
  const std::string& where() const { return where_; }

 private:
  using endpoint = boost::asio::generic::stream_protocol::endpoint;
  boost::asio::awaitable<result<client_connection_ptr>> connect_at_leisure();
  boost::asio::awaitable<result<std::vector<endpoint>>> resolve();
  boost::asio::awaitable<result<void>> dial(client_connection* c);
  boost::asio::awaitable<result<void>> shake_hands(client_connection* c);

  boost::asio::io_context::executor_type ex_;
  http_client_options options_;
  std::string where_;
  host_lookup lookup_;
  std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
  std::uint64_t made_ = 0;
};

/// `host`, in brackets when it is an IPv6 address.
std::string host_in_url(const http_client_options& options);

}  // namespace freshet
