#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>

#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"

namespace freshet::test {

/// What the server says to one request, byte for byte; `drip` sends them a millisecond apart.
struct reply {
  enum class then { keep, close, reset, hang, repeat, drip };
  std::string bytes;
  then after = then::keep;
};

/// A TCP server that says whatever a test wants. `requests` are the heads it saw.
class raw_server {
 public:
  using script = std::function<reply(const std::string& head)>;

  raw_server(asio::io_context& ctx, script answers)
      : ex_(ctx.get_executor()),
        acceptor_(ctx, {asio::ip::address_v4::loopback(), 0}),
        answers_(std::move(answers)),
        scope_(ex_, [](std::string_view, std::exception_ptr) {}) {
    scope_.spawn("accept", accept());
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  asio::awaitable<void> close() { return scope_.close(); }
  std::vector<std::string> requests;
  std::size_t connections = 0;

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      asio::ip::tcp::socket socket(ex_);
      co_await acceptor_.async_accept(socket, asio::deferred);
      ++connections;
      scope_.spawn("serve", serve(std::move(socket)));
    }
  }
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    std::string in;
    for (;;) {
      auto [ec, n] =
          co_await asio::async_read_until(socket, asio::dynamic_buffer(in), "\r\n\r\n", use_result);
      if (ec) co_return;
      requests.push_back(in.substr(0, n));
      in.erase(0, n);
      const auto say = answers_(requests.back());
      if (say.after == reply::then::drip) co_return co_await drip(&socket, say.bytes);
      bool again = true;
      while (again) {
        auto [failed, sent] =
            co_await asio::async_write(socket, asio::buffer(say.bytes), use_result);
        again = !failed && say.after == reply::then::repeat;
      }
      if (say.after == reply::then::reset) socket.set_option(asio::socket_base::linger(true, 0));
      if (say.after == reply::then::hang) {
        char byte = 0;
        co_await socket.async_read_some(asio::buffer(&byte, 1), use_result);
      }
      if (say.after != reply::then::keep) co_return;
    }
  }
  asio::awaitable<void> drip(asio::ip::tcp::socket* socket, std::string bytes) {
    asio::steady_timer pause(ex_);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto [failed, sent] =
          co_await asio::async_write(*socket, asio::buffer(&bytes[i], 1), use_result);
      if (failed) co_return;
      pause.expires_after(std::chrono::milliseconds(1));
      co_await pause.async_wait(use_result);
    }
  }

  asio::io_context::executor_type ex_;
  asio::ip::tcp::acceptor acceptor_;
  script answers_;
  task_scope scope_;
};

}  // namespace freshet::test
