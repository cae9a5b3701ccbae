#include "net/http/server/reaper.hpp"

#include "core/async/tokens.hpp"

namespace freshet::http {

reaper::reaper(asio::io_context& ctx, const clock& time, std::chrono::nanoseconds tick)
    : time_(time),
      tick_(tick),
      timer_(ctx.get_executor()),
      now_(time.now()),
      wall_now_(time.wall_now()) {}

void reaper::walk() {
  now_ = time_.now();
  wall_now_ = time_.wall_now();
  for (auto it = clients_.begin(); it != clients_.end();) {
    auto& c = *it++;  // it may leave the list
    if (c.deadline > now_) continue;
    c.deadline = mono_time::max();
    c.expire();
  }
}

asio::awaitable<void> reaper::run() {
  while (!stopped_) {
    timer_.expires_after(std::chrono::duration_cast<steady_clock::duration>(tick_));
    auto [ec] = co_await timer_.async_wait(use_result);
    if (ec) co_return;
    walk();
  }
}

void reaper::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace freshet::http
