#include "net/client/connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/client/message.hpp"

namespace freshet {
namespace {

using tcp = asio::ip::tcp;
using endpoints = std::vector<asio::generic::stream_protocol::endpoint>;

std::string name_of(const http_client_options& options) {
  if (!options.unix_path.empty()) return options.unix_path;
  return options.host + ":" + std::to_string(options.port);
}

asio::awaitable<result<endpoints>> resolve(asio::io_context::executor_type ex,
                                           http_client_options options) {
  endpoints all;
  if (!options.unix_path.empty()) {
    if (options.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
      co_return error(client_errc::unreachable, options.unix_path + ": too long for a socket");
    }
    all.emplace_back(asio::local::stream_protocol::endpoint(options.unix_path));
    co_return all;
  }
  tcp::resolver resolver(ex);
  auto [failed, found] =
      co_await resolver.async_resolve(options.host, std::to_string(options.port), use_result);
  if (failed) co_return error(client_errc::unreachable, name_of(options) + ": " + failed.message());
  for (const auto& entry : found) all.emplace_back(entry.endpoint());
  co_return all;
}

asio::awaitable<result<client_connection_ptr>> connect_at_leisure(
    asio::io_context::executor_type ex, http_client_options options) {
  const auto where = name_of(options);
  auto to = co_await resolve(ex, options);
  if (!to) co_return to.error();
  auto c = std::make_unique<client_connection>(ex, options.head_max);
  auto [ec, at] = co_await asio::async_connect(c->socket, *to, use_result);
  if (ec) co_return to_client_error(ec, where);
  if (options.unix_path.empty()) c->socket.set_option(tcp::no_delay(true), ec);
  if (options.tls) {
    c->tls.emplace(c->socket, *options.tls);
    auto named = expect_host(c->tls->native_handle(), options.host, options.tls_verify);
    if (!named) co_return error(client_errc::tls, named.error().detail);
    auto [failed] = co_await c->tls->async_handshake(asio::ssl::stream_base::client, use_result);
    if (failed == asio::error::operation_aborted) co_return to_client_error(failed, where);
    if (failed) co_return error(client_errc::tls, where + ": " + failed.message());
  }
  co_return c;
}

}  // namespace

asio::awaitable<result<client_connection_ptr>> connect(asio::io_context::executor_type ex,
                                                       http_client_options options) {
  const auto limit = options.connect_timeout;
  const auto where = name_of(options);
  auto made = co_await with_timeout(connect_at_leisure(ex, std::move(options)), limit);
  if (!made && made.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "connecting to " + where);
  }
  co_return made;
}

}  // namespace freshet
