#include "net/sse/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cassert>

#include "net/sse/subscriber.hpp"

namespace freshet::sse {

struct socket_stream::state {
  explicit state(socket s) : peer(std::move(s)) {}
  socket peer;
  std::function<void()> on_writable, on_gone;
  bool wants_write = false;  // asked for, perhaps before start()
  bool waiting = false;
  bool closed = false;
};

socket_stream::socket_stream(socket s, socket_limits limits)
    : state_(std::make_shared<state>(std::move(s))) {
  auto& peer = state_->peer;
  boost::system::error_code
      ignored;  // a unix socket has no TCP options; a dead one fails at the write
  peer.non_blocking(true, ignored);
  peer.set_option(asio::socket_base::send_buffer_size(limits.send_buffer), ignored);
  ::setsockopt(peer.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limits.user_timeout_ms,
               sizeof limits.user_timeout_ms);
  const int on = 1;
  ::setsockopt(peer.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

socket_stream::~socket_stream() { close(); }

void socket_stream::start(std::function<void()> on_writable, std::function<void()> on_gone) {
  if (state_->closed) return;
  state_->on_writable = std::move(on_writable);
  state_->on_gone = std::move(on_gone);
  wait_read(state_);
  if (state_->wants_write) wait_write(state_);
}

result<std::size_t> socket_stream::try_write(std::span<const std::string_view> buffers) {
  std::array<asio::const_buffer, subscriber::batch + 1> out;
  assert(buffers.size() <= out.size());
  for (std::size_t i = 0; i < buffers.size(); ++i) out[i] = asio::buffer(buffers[i]);
  boost::system::error_code ec;
  const auto taken = state_->peer.write_some(std::span(out).first(buffers.size()), ec);
  if (ec == asio::error::would_block || ec == asio::error::try_again) return std::size_t{0};
  if (ec) return error(ec);
  return taken;
}

void socket_stream::await_writable() {
  state_->wants_write = true;
  if (state_->on_writable) wait_write(state_);
}

void socket_stream::wait_write(std::shared_ptr<state> s) {
  if (std::exchange(s->waiting, true)) return;
  auto& peer = s->peer;
  auto on_ready = [s = std::move(s)](boost::system::error_code ec) {
    s->waiting = false;
    if (ec || s->closed) return;  // an error shows at the next write
    s->wants_write = false;
    const auto call = s->on_writable;  // close() inside it empties the member
    call();
  };
  peer.async_wait(asio::socket_base::wait_write, std::move(on_ready));
}

void socket_stream::wait_read(std::shared_ptr<state> s) {
  auto& peer = s->peer;
  auto on_ready = [s](boost::system::error_code ec) {
    if (s->closed) return;
    std::array<char, 1024> ignored;
    if (!ec) s->peer.read_some(asio::buffer(ignored), ec);
    if (!ec || ec == asio::error::would_block) return wait_read(s);
    const auto call = s->on_gone;
    call();
  };
  peer.async_wait(asio::socket_base::wait_read, std::move(on_ready));
}

void socket_stream::close() {
  if (std::exchange(state_->closed, true)) return;
  state_->on_writable = nullptr;
  state_->on_gone = nullptr;
  boost::system::error_code ignored;
  // Half-close first: what the kernel has already taken still reaches the reader.
  state_->peer.shutdown(socket::shutdown_send, ignored);
  state_->peer.close(ignored);
}

}  // namespace freshet::sse
