#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"

namespace freshet::test {

struct peer_request {
  std::string line;  // "GET /x HTTP/1.1"
  std::string head;  // all of it
  std::string body;
  /// "" when there is no such field.
  std::string field(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

struct peer_reply {
  std::string bytes;
  bool hang = false;  // say no more until the other side leaves; else close
};

/// `status` with a body of `type`.
inline peer_reply answer(int status, const std::string& body,
                         const std::string& type = "application/json",
                         const std::string& fields = {}) {
  return {"HTTP/1.1 " + std::to_string(status) + " -\r\nContent-Type: " + type + "\r\n" + fields +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          false};
}

/// The server that a verb talks to, in a thread of its own: one request a connection, answered as
/// the test wants.
class http_peer {
 public:
  using script = std::function<peer_reply(const peer_request&, std::size_t number)>;

  explicit http_peer(script answers)
      : answers_(std::move(answers)), tcp_(ctx_, {asio::ip::address_v4::loopback(), 0}) {
    scope_.spawn("accept", accept(&tcp_));
    thread_ = std::thread([this] { ctx_.run(); });
  }
  /// On a unix socket.
  http_peer(script answers, const std::string& path)
      : answers_(std::move(answers)), tcp_(ctx_), local_(ctx_, path) {
    scope_.spawn("accept", accept(&local_));
    thread_ = std::thread([this] { ctx_.run(); });
  }
  ~http_peer() {
    const auto nothing = [](std::exception_ptr) {};
    asio::post(ctx_, [this, nothing] { asio::co_spawn(ctx_, scope_.close(), nothing); });
    thread_.join();
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(tcp_.local_endpoint().port());
  }
  std::vector<peer_request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  template <class Acceptor>
  asio::awaitable<void> accept(Acceptor* acceptor) {
    for (;;) {
      typename Acceptor::protocol_type::socket socket(ctx_);
      co_await acceptor->async_accept(socket, asio::deferred);
      scope_.spawn("serve", serve(std::move(socket)));
    }
  }
  template <class Socket>
  asio::awaitable<void> serve(Socket socket) {
    std::string in;
    auto [ec, n] =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(in), "\r\n\r\n", use_result);
    if (ec) co_return;
    peer_request request{in.substr(0, in.find("\r\n")), in.substr(0, n), in.substr(n)};
    std::size_t length = 0;
    const auto text = request.field("Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    const auto got = request.body.size();
    request.body.resize(std::max(got, length));
    if (got < length) {
      co_await asio::async_read(socket, asio::buffer(request.body.data() + got, length - got),
                                use_result);
    }
    const auto number = remember(request);
    const auto say = answers_(request, number);
    co_await asio::async_write(socket, asio::buffer(say.bytes), use_result);
    char byte = 0;
    if (say.hang) co_await socket.async_read_some(asio::buffer(&byte, 1), use_result);
  }
  std::size_t remember(const peer_request& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return requests_.size();
  }

  script answers_;
  mutable std::mutex mutex_;
  std::vector<peer_request> requests_;
  asio::io_context ctx_{1};
  asio::ip::tcp::acceptor tcp_;
  asio::local::stream_protocol::acceptor local_{ctx_};
  task_scope scope_{ctx_.get_executor(), [](std::string_view, std::exception_ptr) {}};
  std::thread thread_;
};

}  // namespace freshet::test
