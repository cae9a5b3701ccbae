#include "net/sse/socket_stream.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace freshet::sse {

socket_stream::socket_stream(int socket, socket_watch& watch, std::shared_ptr<void> seat,
                             socket_limits limits)
    : socket_(socket), watch_(watch), seat_(std::move(seat)) {
  // A unix socket has no TCP options; a dead one fails at the write.
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &limits.send_buffer, sizeof limits.send_buffer);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, &limits.user_timeout_ms,
               sizeof limits.user_timeout_ms);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

socket_stream::~socket_stream() { close(); }

void socket_stream::start(std::uint64_t number) {
  if (socket_ < 0) return;
  number_ = number;
  started_ = true;
  watch_.add(socket_, number_);
  if (std::exchange(wants_write_, false)) watch_.await_writable(socket_, number_);
}

result<std::size_t> socket_stream::try_write(std::string_view bytes) {
  for (;;) {
    const auto taken = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) return static_cast<std::size_t>(taken);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return std::size_t{0};
    if (errno != EINTR) return error({errno, boost::system::system_category()});
  }
}

void socket_stream::await_writable() {
  if (started_) return watch_.await_writable(socket_, number_);
  wants_write_ = true;
}

/// A few pieces: who sends more than that at once is told of again when it goes on.
bool socket_stream::swallow() {
  std::array<char, 4096> ignored;
  for (int pieces = 0; pieces < 16; ++pieces) {
    const auto got = ::recv(socket_, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got > 0) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  }
  return true;
}

void socket_stream::close() {
  if (socket_ < 0) return;
  if (std::exchange(started_, false)) watch_.remove(socket_);
  // Half-close first: what the kernel has already taken still reaches the reader.
  ::shutdown(socket_, SHUT_WR);
  ::close(std::exchange(socket_, -1));
}

}  // namespace freshet::sse
