#include "net/sse/socket_watch.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

namespace freshet::sse {
namespace {

constexpr std::uint32_t quiet = EPOLLIN | EPOLLRDHUP | EPOLLET;

int open_epoll() {
  const int made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0) throw boost::system::system_error(errno, boost::system::system_category());
  return made;
}

}  // namespace

struct socket_watch::state {
  using descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

  state(asio::io_context::executor_type ex, ready call)
      : epoll(ex, open_epoll()), on_ready(std::move(call)) {}

  void control(int what, int socket, std::uint64_t number, std::uint32_t events) {
    epoll_event wish{};
    wish.events = events;
    wish.data.u64 = number;
    // It fails for a socket that the kernel has closed already: the next write says so.
    ::epoll_ctl(epoll.native_handle(), what, socket, &wish);
  }

  descriptor epoll;
  ready on_ready;
  std::size_t sockets = 0;
  bool waiting = false;
};

socket_watch::socket_watch(asio::io_context::executor_type ex, ready on_ready)
    : state_(std::make_shared<state>(ex, std::move(on_ready))) {}

socket_watch::~socket_watch() {
  state_->on_ready = nullptr;
  boost::system::error_code ignored;
  state_->epoll.close(ignored);
}

void socket_watch::add(int socket, std::uint64_t number) {
  state_->control(EPOLL_CTL_ADD, socket, number, quiet);
  ++state_->sockets;
  wait(state_);
}

void socket_watch::await_writable(int socket, std::uint64_t number) {
  state_->control(EPOLL_CTL_MOD, socket, number, quiet | EPOLLOUT);
}

void socket_watch::remove(int socket) {
  state_->control(EPOLL_CTL_DEL, socket, 0, 0);
  if (--state_->sockets > 0) return;
  boost::system::error_code ignored;
  state_->epoll.cancel(ignored);
}

void socket_watch::tell(const std::shared_ptr<state>& s) {
  std::array<epoll_event, 64> events;
  const int most = s->sockets == 0 ? 0 : static_cast<int>(events.size());
  const int count = most == 0 ? 0 : ::epoll_wait(s->epoll.native_handle(), &events[0], most, 0);
  for (int i = 0; i < count && s->on_ready; ++i) {
    const auto& e = events[static_cast<std::size_t>(i)];
    const auto any = [&](std::uint32_t of) { return (e.events & of) != 0; };
    s->on_ready(e.data.u64, {any(EPOLLRDHUP | EPOLLHUP | EPOLLERR), any(EPOLLIN), any(EPOLLOUT)});
  }
}

void socket_watch::wait(std::shared_ptr<state> s) {
  if (s->waiting || s->sockets == 0 || !s->on_ready) return;
  s->waiting = true;
  auto& epoll = s->epoll;
  auto on_news = [s = std::move(s)](boost::system::error_code) {
    s->waiting = false;
    tell(s);
    wait(s);
  };
  epoll.async_wait(asio::posix::descriptor_base::wait_read, std::move(on_news));
}

}  // namespace freshet::sse
