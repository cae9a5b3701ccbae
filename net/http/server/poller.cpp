#include "net/http/server/poller.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "core/async/tokens.hpp"

namespace freshet::http {

poller::poller(asio::io_context& ctx, int epoll, std::function<void()> before)
    : epoll_(ctx.get_executor(), epoll), before_(std::move(before)) {}

result<std::unique_ptr<poller>> poller::open(asio::io_context& ctx, std::function<void()> before) {
  const int made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0) {
    const boost::system::error_code ec(errno, boost::system::system_category());
    return error(ec, "epoll");
  }
  return std::unique_ptr<poller>(new poller(ctx, made, std::move(before)));
}

bool poller::add(int descriptor, client& c) {
  epoll_event interest{};
  // Both directions at once: what is not waited for costs nothing, and nothing is changed later.
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  interest.data.ptr = &c;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &interest) == 0;
}

void poller::remove(int descriptor, client& c) {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  forget(c);
}

void poller::again(client& c) {
  if (std::exchange(c.waits_, true)) return;
  again_.push_back(&c);
}

void poller::forget(client& c) {
  if (!std::exchange(c.waits_, false)) return;
  std::erase(again_, &c);
  std::replace(now_.begin(), now_.end(), &c, static_cast<client*>(nullptr));
}

asio::awaitable<void> poller::run() {
  for (;;) {
    if (again_.empty()) {
      auto [ec] = co_await epoll_.async_wait(descriptor::wait_read, use_result);
      if (ec) co_return;
    } else {
      co_await asio::post(epoll_.get_executor(), use_result);
    }
    turn();
  }
}

void poller::turn() {
  before_();
  std::array<epoll_event, events_max> ready;
  const int count = ::epoll_wait(epoll_.native_handle(), ready.data(), events_max, 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = ready[static_cast<std::size_t>(i)];
    static_cast<client*>(event.data.ptr)->on_ready(event.events);
  }
  now_.swap(again_);
  for (std::size_t i = 0; i < now_.size(); ++i) {
    auto* const c = now_[i];
    if (c == nullptr) continue;
    c->waits_ = false;
    c->on_ready(0);
  }
  now_.clear();
}

}  // namespace freshet::http
