#include "app/server/serving_loop.hpp"

#include <boost/asio/steady_timer.hpp>

#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

sse::hub_settings hub_settings_of(const config::settings& from) {
  sse::hub_settings out;
  out.streams_max = from.limits.streams;
  out.stream_age = from.stream_age;
  out.write_timeout = from.limits.write_timeout;
  out.slice = 64;  // less than half a millisecond: requests come in between
  return out;
}

}  // namespace

serving_loop::serving_loop(http_front::environment env, std::uint64_t seed,
                           const change_log& changes, sse::hub_hooks hooks)
    : ctx_(env.ctx),
      time_(env.time),
      changes_(&changes),
      streams_(ctx_.get_executor(), time_, changes_, hub_settings_of(env.settings),
               std::move(hooks), seed),
      front_(env),
      running_(env.ctx.get_executor(), env.on_error) {}

void serving_loop::start() {
  front_.start();
  running_.spawn("streams", streams_.tick_for_ever(std::chrono::seconds(1)));
}

asio::awaitable<void> serving_loop::stop(std::chrono::nanoseconds patience) {
  const auto end = time_.now() + patience;
  hub().drain(time_.now(), patience * 3 / 4);
  co_await front_.stop(patience);
  // Farewells are spread over the patience; now that there is nothing else to do, tick for them.
  asio::steady_timer timer(ctx_);
  while (hub().size() > 0 && time_.now() < end) {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(use_result);
    hub().tick(time_.now());
  }
  co_await running_.close();
}

}  // namespace freshet::app
