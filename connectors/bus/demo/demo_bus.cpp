#include "connectors/bus/demo/demo_bus.hpp"

#include <algorithm>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

namespace freshet {

namespace asio = boost::asio;

demo_bus::demo_bus(config::bus_settings settings, std::shared_ptr<demo_world> world,
                   const clock& time, event_sink on_event, drop_sink on_drop)
    : settings_(std::move(settings)),
      world_(std::move(world)),
      time_(time),
      decoder_(settings_.name, settings_.max_message),
      on_event_(std::move(on_event)),
      on_drop_(std::move(on_drop)) {}

asio::awaitable<void> demo_bus::run() {
  const auto rate = std::clamp(settings_.rate, 0.001, 100'000.0);
  const std::chrono::nanoseconds period(static_cast<std::int64_t>(1e9 / rate));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  up_ = true;
  for (;;) {
    timer.expires_after(period);
    co_await timer.async_wait(asio::deferred);
    happen();
  }
}

void demo_bus::happen(std::string_view package) {
  const auto now = time_.wall_now();
  tell(package.empty() ? world_->step(now) : world_->step(now, package));
}

void demo_bus::tell(const demo_message& message) {
  const auto got = decoder_.decode_frames(message.topic, message.body);
  if (got) {
    on_event_(got.value);
  } else {
    on_drop_(got.drop);
  }
}

}  // namespace freshet
