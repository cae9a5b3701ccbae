#include "net/zmq/publisher.hpp"

#include <boost/asio/error.hpp>

#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "net/zmq/descriptor.hpp"

namespace freshet {

class zmq_publisher::socket {
 public:
  socket(asio::io_context::executor_type ex, const std::string& address)
      : xpub(context_, zmq::socket_type::xpub) {
    xpub.set(zmq::sockopt::sndhwm, 0);
    xpub.set(zmq::sockopt::linger, -1);
    xpub.set(zmq::sockopt::ipv6, 1);
    xpub.bind(address);
    endpoint = xpub.get(zmq::sockopt::last_endpoint);
    readable_ = std::make_unique<zmq_descriptor>(ex, xpub);
  }
  ~socket() { finish(); }

  void finish() {
    readable_.reset();
    xpub.close();
    context_.close();
  }

  asio::awaitable<result<void>> wait_for_subscription() {
    for (;;) {
      while (zmq_readable(xpub)) {
        zmq::message_t message;
        if (!xpub.recv(message, zmq::recv_flags::dontwait)) break;
        const auto text = message.to_string_view();
        if (!text.empty() && text.front() == '\x01') co_return result<void>();
      }
      auto [ec] = co_await readable_->async_wait(use_result);
      if (ec) co_return error(ec, "waiting for a subscriber");
    }
  }

 private:
  zmq::context_t context_{1};

 public:
  zmq::socket_t xpub;
  std::string endpoint;

 private:
  std::unique_ptr<zmq_descriptor> readable_;
};

result<std::unique_ptr<zmq_publisher>> zmq_publisher::bind(asio::io_context::executor_type ex,
                                                           const std::string& endpoint) {
  try {
    auto impl = std::make_unique<socket>(ex, endpoint);
    return std::unique_ptr<zmq_publisher>(new zmq_publisher(std::move(impl)));
  } catch (const zmq::error_t& e) {
    return fail(errc::malformed, endpoint + ": " + e.what());
  }
}

asio::awaitable<result<void>> zmq_publisher::first_subscription(std::chrono::nanoseconds limit) {
  auto heard = co_await with_timeout(socket_->wait_for_subscription(), limit);
  // The cancelled wait ends with an answer of its own, which with_timeout prefers.
  if (!heard && (heard.error().code == errc::timed_out ||
                 heard.error().code == asio::error::operation_aborted)) {
    co_return fail(errc::timed_out, "nobody subscribed at " + endpoint());
  }
  co_return heard;
}

void zmq_publisher::send(std::string_view topic, std::string_view body) {
  socket_->xpub.send(zmq::buffer(topic), zmq::send_flags::sndmore);
  socket_->xpub.send(zmq::buffer(body), zmq::send_flags::none);
}

zmq_publisher::zmq_publisher(std::unique_ptr<socket> impl) : socket_(std::move(impl)) {}
zmq_publisher::~zmq_publisher() = default;
const std::string& zmq_publisher::endpoint() const { return socket_->endpoint; }
void zmq_publisher::finish() { socket_->finish(); }

}  // namespace freshet
