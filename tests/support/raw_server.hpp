#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>

#include "tests/support/loopback_server.hpp"

namespace freshet::test {

/// What the server says to one request, byte for byte; `drip` sends them a millisecond apart.
struct reply {
  enum class then { keep, close, reset, hang, repeat, drip };
  std::string bytes;
  then after = then::keep;
};

/// A TCP server that says whatever a test wants.
class raw_server final : public loopback_server {
 public:
  using script = std::function<reply(const std::string& head)>;

  raw_server(asio::io_context& ctx, script answers)
      : loopback_server(ctx), answers_(std::move(answers)) {}

 private:
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) override {
    std::string in;
    while (co_await read_head(&socket, &in)) {
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

  script answers_;
};

}  // namespace freshet::test
