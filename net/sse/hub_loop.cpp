#include "net/sse/hub_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/async/tokens.hpp"

namespace freshet::sse {

result<subscriber_id> attach(hub& h, const clock& time, socket_stream::socket peer,
                             stream_request request, std::string_view head,
                             std::shared_ptr<void> seat) {
  auto made = std::make_unique<socket_stream>(std::move(peer));
  made->hold(std::move(seat));
  auto* out = made.get();
  const auto id = h.add(std::move(request), std::move(made), head, time.now());
  if (!id || !h.contains(*id)) return id;  // the first write may have failed already
  const auto key = *id;
  out->start([&h, &time, key] { h.on_writable(key, time.now()); }, [&h, key] { h.remove(key); });
  return id;
}

asio::awaitable<void> tick_for_ever(hub* h, const clock* time, std::chrono::nanoseconds every) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(every));
    const auto [ec] = co_await timer.async_wait(use_result);
    if (ec) co_return;
    h->tick(time->now());
  }
}

std::function<void()> flush_next_turn(asio::io_context::executor_type ex, hub** h,
                                      const clock* time) {
  return [ex, h, time] {
    asio::post(ex, [h, time] {
      if (*h) (*h)->flush(time->now());
    });
  };
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
