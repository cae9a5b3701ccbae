#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <string>
#include <vector>

#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"

namespace freshet::test {

/// A TCP port on loopback whose connections are served as the derived class likes.
/// `requests` are the heads it saw.
class loopback_server {
 public:
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  asio::awaitable<void> close() { return scope_.close(); }

  std::vector<std::string> requests;
  std::size_t connections = 0;

 protected:
  explicit loopback_server(asio::io_context& ctx)
      : ex_(ctx.get_executor()),
        acceptor_(ctx, {asio::ip::address_v4::loopback(), 0}),
        scope_(ex_, [](std::string_view, std::exception_ptr) {}) {
    scope_.spawn("accept", accept());
  }
  virtual ~loopback_server() = default;
  virtual asio::awaitable<void> serve(asio::ip::tcp::socket socket) = 0;

  /// Takes the next head out of what has arrived; false when none came.
  template <class Stream>
  asio::awaitable<bool> read_head(Stream* stream, std::string* in) {
    auto [ec, n] =
        co_await asio::async_read_until(*stream, asio::dynamic_buffer(*in), "\r\n\r\n", use_result);
    if (ec) co_return false;
    requests.push_back(in->substr(0, n));
    in->erase(0, n);
    co_return true;
  }

  asio::io_context::executor_type ex_;

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      asio::ip::tcp::socket socket(ex_);
      co_await acceptor_.async_accept(socket, asio::deferred);
      ++connections;
      scope_.spawn("serve", serve(std::move(socket)));
    }
  }

  asio::ip::tcp::acceptor acceptor_;
  task_scope scope_;
};

}  // namespace freshet::test
