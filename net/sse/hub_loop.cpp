#include "net/sse/hub_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/async/tokens.hpp"

namespace freshet::sse {

hub_loop::hub_loop(asio::io_context::executor_type ex, const clock& time,
                   const change_source& source, hub_settings settings, hub_hooks hooks,
                   std::uint64_t seed)
    : time_(time),
      alive_(std::make_shared<hub*>(nullptr)),
      sockets_(ex, [this](std::uint64_t id, readiness now) {
        if (now.ended) return hub_->remove(id);
        if (now.readable) hub_->on_readable(id);
        if (now.writable) hub_->on_writable(id, time_.now());
      }) {
  hooks.wake = [ex, alive = alive_, &time] {
    asio::post(ex, [alive, &time] {
      if (*alive) (*alive)->flush(time.now());
    });
  };
  hub_ =
      std::make_unique<hub>(source, std::move(settings), std::move(hooks), seed, make_batch_sender);
  *alive_ = hub_.get();
}

hub_loop::~hub_loop() { *alive_ = nullptr; }

result<subscriber_id> hub_loop::attach(int socket, stream_request request, std::string_view head,
                                       std::shared_ptr<void> seat) {
  auto made = std::make_unique<socket_stream>(socket, sockets_, std::move(seat));
  auto* const out = made.get();
  const auto id = hub_->add(std::move(request), std::move(made), head, time_.now());
  if (id && hub_->contains(*id)) out->start(*id);  // the first write may have failed already
  return id;
}

asio::awaitable<void> hub_loop::tick_for_ever(std::chrono::nanoseconds every) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(every));
    const auto [ec] = co_await timer.async_wait(use_result);
    if (ec) co_return;
    hub_->tick(time_.now());
  }
}

std::string stream_head(std::string_view more) {
  std::string out(
      "HTTP/1.1 200 OK\r\n"
      "Content-Type: text/event-stream\r\n"
      "Cache-Control: no-store, no-transform\r\n"
      "X-Accel-Buffering: no\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Connection: close\r\n");
  return out.append(more).append("\r\n");
}

}  // namespace freshet::sse
