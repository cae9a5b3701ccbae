#include "connectors/bus/webhook/webhook_bus.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <exception>

#include "core/async/tokens.hpp"
#include "core/config/webhook_settings.hpp"

namespace freshet {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t connections_max = 256;
constexpr std::chrono::seconds goodbye{1};

void log_fault(std::string_view name, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    logger().error("webhook: {} ended: {}", name, e.what());
  }
}

result<http::listener_options> options_of(const config::endpoint& at) {
  http::listener_options out;
  out.connections = connections_max;
  out.path = at.path;
  if (!at.path.empty()) return out;
  boost::system::error_code ec;
  const auto host = at.host == "localhost" ? std::string("127.0.0.1") : at.host;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) return fail(errc::malformed, "listen: expected an IP address, found " + at.host);
  out.at = {address, at.port};
  return out;
}

}  // namespace

result<std::unique_ptr<webhook_bus>> webhook_bus::create(asio::io_context::executor_type ex,
                                                         const clock& time,
                                                         config::bus_settings settings,
                                                         event_sink on_event, drop_sink on_drop,
                                                         durable_hook durable) {
  if (auto options = options_of(settings.webhook->listen); !options) return options.error();
  auto decoder = hook_decoder::create(settings);
  if (!decoder) return decoder.error();
  return std::unique_ptr<webhook_bus>(new webhook_bus(ex, time, std::move(settings),
                                                      std::move(*decoder), std::move(on_event),
                                                      std::move(on_drop), std::move(durable)));
}

webhook_bus::webhook_bus(asio::io_context::executor_type ex, const clock& time,
                         config::bus_settings settings, hook_decoder decoder, event_sink on_event,
                         drop_sink on_drop, durable_hook durable)
    : ctx_(ex.context()),
      settings_(std::move(settings)),
      time_(time),
      on_event_(std::move(on_event)),
      on_drop_(std::move(on_drop)),
      answers_({settings_, time_, block_, on_event_, on_drop_, std::move(durable)},
               std::move(decoder)),
      watch_(ctx_, time_, std::chrono::milliseconds(100)),
      sessions_{http::gate({}, http::gate::mode::posts, settings_.max_message),
                {},
                answers_,
                block_,
                counts_,
                watch_,
                {}},
      running_(ex, log_fault) {}

result<std::unique_ptr<http::listener>> webhook_bus::open() {
  auto options = options_of(settings_.webhook->listen);
  if (!options) return options.error();
  return http::listener::open(ctx_, std::move(*options), sessions_, log_fault);
}

asio::awaitable<void> webhook_bus::listen() {
  asio::steady_timer timer(ctx_);
  for (auto pause = std::chrono::milliseconds(50);;) {
    auto opened = open();
    if (opened) {
      listener_ = std::move(*opened);
      break;
    }
    const auto why = "cannot listen: " + opened.error().text();
    if (trouble_ != why && pause > std::chrono::milliseconds(200))
      logger().warn("bus {}: {}", settings_.name, why);
    if (pause > std::chrono::milliseconds(200)) trouble_ = why;
    timer.expires_after(pause);
    co_await timer.async_wait(asio::deferred);
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(5));
  }
  trouble_.clear();
  up_ = true;
  local_ = listener_->local();
  logger().info("bus {}: listening", settings_.name);
  running_.spawn("reaper", watch_.run());
  co_await listener_->run();
}

asio::awaitable<void> webhook_bus::run() {
  std::exception_ptr ended;
  try {
    co_await listen();
  } catch (...) {
    ended = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  up_ = false;
  answers_.hold();
  if (listener_) co_await listener_->stop(goodbye);
  watch_.stop();
  co_await running_.close();
  if (ended) std::rethrow_exception(ended);
}

bool webhook_bus::take_again(std::string_view topic, std::string_view bytes) {
  hand_over(answers_.decoder().decode_envelope(bytes, time_.wall_now()), topic, bytes, on_event_,
            on_drop_);
  return true;
}

}  // namespace freshet
