#include "net/client/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/client/message.hpp"

namespace freshet {
namespace {

using boost::system::error_code;
using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;

std::string name_of(const http_client_options& options) {
  if (!options.unix_path.empty()) return options.unix_path;
  return host_in_url(options) + ":" + std::to_string(options.port);
}

asio::awaitable<result<void>> dial_one(client_connection::socket_type* socket,
                                       asio::generic::stream_protocol::endpoint to) {
  auto [ec] = co_await socket->async_connect(to, use_result);
  if (ec) co_return error(ec);
  co_return result<void>();
}

/// A peer that vanished without a word is noticed when what we sent stays unacknowledged.
/// A unix socket takes none of this, and needs none.
void set_options(client_connection::socket_type& socket, std::chrono::nanoseconds patience) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  const int unacknowledged = static_cast<int>(std::clamp<std::int64_t>(ms, 100, 60'000));
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged,
               sizeof unacknowledged);
}

}  // namespace

std::string host_in_url(const http_client_options& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return v6 ? "[" + options.host + "]" : options.host;
}

client_dialer::client_dialer(asio::io_context::executor_type ex, http_client_options options)
    : ex_(ex),
      options_(std::move(options)),
      where_(name_of(options_)),
      lookup_(ex, options_.host, options_.lookup) {}

asio::awaitable<result<std::vector<client_dialer::endpoint>>> client_dialer::resolve() {
  std::vector<endpoint> all;
  const auto& path = options_.unix_path;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return error(client_errc::unreachable, path + ": too long for a socket");
  }
  if (!path.empty()) {
    all.emplace_back(local::endpoint(path));
    co_return all;
  }
  auto found = co_await lookup_.find();
  if (!found) co_return error(found.error().code, where_ + ": " + found.error().detail);
  for (const auto& address : *found) all.emplace_back(tcp::endpoint(address, options_.port));
  co_return all;
}

asio::awaitable<result<void>> client_dialer::dial(client_connection* c) {
  auto to = co_await resolve();
  if (!to) co_return to.error();
  const auto last = steady_clock::now() + options_.connect_timeout;
  error_code ec;
  for (std::size_t i = 0; i < to->size(); ++i) {
    // An address that swallows everything must leave time for the others.
    const auto share = (last - steady_clock::now()) / static_cast<int>(to->size() - i);
    auto attempt = dial_one(&c->socket, (*to)[i]);
    auto dialled = co_await with_timeout(std::move(attempt), share);
    if (dialled) {
      set_options(c->socket, options_.connect_timeout);
      co_return result<void>();
    }
    ec = dialled.error().code;
    error_code ignored;
    c->socket.close(ignored);
  }
  lookup_.doubt();
  if (ec == errc::timed_out) co_return error(client_errc::timed_out, "connecting to " + where_);
  co_return to_client_error(ec, "connecting to " + where_);
}

asio::awaitable<result<void>> client_dialer::shake_hands(client_connection* c) {
  c->tls.emplace(c->socket, *options_.tls);
  auto named = expect_host(*c->tls, options_.host, &c->refused);
  if (!named) co_return error(client_errc::tls, named.error().detail);
  auto [failed] = co_await c->tls->async_handshake(asio::ssl::stream_base::client, use_result);
  if (!failed) co_return result<void>();
  const auto& why = c->refused.empty() ? failed.message() : c->refused;
  co_return error(client_errc::tls, "https://" + where_ + ": " + why);
}

asio::awaitable<result<client_connection_ptr>> client_dialer::connect_at_leisure() {
  auto c = std::make_unique<client_connection>(ex_, options_.head_max, open_);
  auto dialled = co_await dial(c.get());
  if (!dialled) co_return dialled.error();
  if (options_.tls) {
    auto shaken = co_await shake_hands(c.get());
    if (!shaken) co_return shaken.error();
  }
  ++made_;
  co_return c;
}

asio::awaitable<result<client_connection_ptr>> client_dialer::connect() {
  if (*open_ >= options_.connections) {
    co_return error(client_errc::overloaded, "too many connections to " + where_);
  }
  auto made = co_await with_timeout(connect_at_leisure(), options_.connect_timeout);
  if (!made && made.error().code == errc::timed_out) {
    co_return error(client_errc::timed_out, "connecting to " + where_);
  }
  co_return made;
}

}  // namespace freshet
