#include "app/verbs/connections.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/exit_code.hpp"
#include "connectors/registry/make_bus.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/timeout.hpp"
#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"
#include "net/client/client_errc.hpp"

namespace freshet::app {
namespace {

constexpr std::chrono::seconds patience{5};

void say(bool good, std::string_view what, std::string_view detail) {
  fmt::print("{:<6} {}{}{}\n", good ? "ok" : "failed", what, detail.empty() ? "" : ": ", detail);
}

/// Any complete answer proves that it is there: which paths it has is for the pages to know.
asio::awaitable<bool> try_upstream(guarded_upstream* each) {
  upstream_request request;
  request.target = "/";
  request.lane = call_lane::visitor;
  const auto answer = co_await each->fetch(std::move(request));
  const bool there = answer || status_of(answer.error().code) != 0;
  say(there, fmt::format("upstream {}", each->name()), there ? "" : answer.error().text());
  co_return there;
}

asio::awaitable<bool> try_bus(asio::io_context::executor_type ex, bus* each) {
  task_scope running(ex, [](std::string_view, std::exception_ptr) {});
  each->hold();  // what waits in a queue is for the server
  running.spawn("bus", each->run());
  asio::steady_timer timer(ex);
  const auto end = steady_clock::now() + patience;
  while (!each->up() && running.size() > 0 && steady_clock::now() < end) {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(use_result);
  }
  const bool there = each->up() || running.size() == 0;
  const auto told = each->trouble();
  const auto why = told.empty() ? std::string("no connection within 5 s") : told;
  co_await running.close();
  say(there, fmt::format("bus {}", each->name()), there ? "" : why);
  co_return there;
}

/// Its newest minute, one message of it: what catching up begins with.
asio::awaitable<bool> try_history(const clock* time, std::string bus, history_source* each) {
  const auto now = time->wall_now();
  const auto asked = history_question{now - std::chrono::minutes{1}, now, 1, 1};
  const auto page = co_await with_timeout(each->ask(asked), patience);
  say(page.has_value(), fmt::format("bus {} catch_up", bus), page ? "" : page.error().text());
  co_return page.has_value();
}

}  // namespace

int try_connections(const config::settings& settings) {
  set_up_log("auto", "error");  // what went wrong is the answer, told once
  asio::io_context ctx(1);
  const real_clock time;
  const connector_environment with{ctx.get_executor(), time, std::make_shared<demo_world>(1)};
  std::vector<std::unique_ptr<guarded_upstream>> upstreams;
  std::vector<std::unique_ptr<bus>> buses;
  std::vector<std::pair<std::string, std::unique_ptr<history_source>>> histories;
  bool all = true;
  const auto add = [&all](auto made, auto& into) {
    if (made) {
      into.push_back(std::move(*made));
      return;
    }
    all = false;
    say(false, made.error().detail, made.error().code.message());
  };
  for (auto each : settings.upstreams) {
    each.limits.retries = 0;
    each.limits.timeout = std::min<std::chrono::nanoseconds>(each.limits.timeout, patience);
    add(make_upstream(with, each), upstreams);
  }
  for (const auto& each : settings.buses) {
    if (each.kind == "webhook") continue;  // others connect to it; its address may be in use by us
    add(make_bus(with, each, [](const event&) {}, [](std::string_view) {}), buses);
    std::vector<std::unique_ptr<history_source>> made;
    if (each.catch_up) add(make_history(with, each), made);
    if (!made.empty()) histories.emplace_back(each.name, std::move(made.front()));
  }
  const auto done = [&all](std::exception_ptr error, bool there) {
    if (error) std::rethrow_exception(error);
    all &= there;
  };
  for (const auto& each : upstreams) asio::co_spawn(ctx, try_upstream(each.get()), done);
  for (const auto& each : buses) asio::co_spawn(ctx, try_bus(ctx.get_executor(), each.get()), done);
  for (const auto& [name, each] : histories)
    asio::co_spawn(ctx, try_history(&time, name, each.get()), done);
  ctx.run();
  return all ? exit_ok : exit_unavailable;
}

}  // namespace freshet::app
