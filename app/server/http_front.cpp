#include "app/server/http_front.hpp"

namespace freshet::app {
namespace {

http::head_limits head_limits_of(const config::limit_settings& from) {
  http::head_limits out;
  out.target = from.target;
  out.line = std::max(out.line, from.target + 64);
  out.head = from.head;
  out.fields = from.fields;
  return out;
}

}  // namespace

http_front::http_front(environment env)
    : env_(std::move(env)),
      block_(std::to_string(env_.epoch), env_.settings.public_url),
      reaper_(env_.ctx, env_.time, std::chrono::milliseconds(100)),
      sessions_{http::gate(head_limits_of(env_.settings.limits), env_.mode),
                {env_.settings.limits.head_timeout, env_.settings.limits.idle_timeout,
                 env_.settings.limits.write_timeout},
                answers_,
                block_,
                counts_,
                reaper_,
                env_.log},
      running_(env_.ctx.get_executor(), env_.on_error) {}

result<http::listener_options> http_front::limits() const {
  auto proxies = http::address_set::parse(env_.settings.proxies);
  if (!proxies) return proxies.error();
  http::listener_options options;
  options.connections = env_.settings.limits.connections;
  options.connections_per_address = env_.settings.limits.connections_per_address;
  options.proxies = std::move(*proxies);
  return options;
}

result<> http_front::open(http::listener_options options) {
  auto opened = http::listener::open(env_.ctx, std::move(options), sessions_, env_.on_error);
  if (!opened) return opened.error();
  listeners_.push_back(std::move(*opened));
  return {};
}

result<> http_front::listen(asio::ip::tcp::endpoint& at, bool reuse_port) {
  auto options = limits();
  if (!options) return options.error();
  options->at = at;
  options->reuse_port = reuse_port;
  if (auto opened = open(std::move(*options)); !opened) return opened;
  at = listeners_.back()->local();
  return {};
}

result<> http_front::listen_at(const std::string& path) {
  auto options = limits();
  if (!options) return options.error();
  options->path = path;
  return open(std::move(*options));
}

void http_front::start() {
  running_.spawn("reaper", reaper_.run());
  for (const auto& each : listeners_) running_.spawn("listener", each->run());
}

asio::awaitable<void> http_front::stop(std::chrono::nanoseconds patience) {
  const auto end = env_.time.now() + patience;
  for (const auto& each : listeners_)
    co_await each->stop(std::max(end - env_.time.now(), std::chrono::nanoseconds{0}));
  reaper_.stop();
  co_await running_.close();
}

}  // namespace freshet::app
