#include "app/server/server.hpp"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <random>

#include "app/exit_code.hpp"
#include "app/server/descriptors.hpp"
#include "app/server/endpoints.hpp"
#include "app/server/generation.hpp"
#include "app/server/journal_side.hpp"
#include "app/server/own_sources.hpp"
#include "app/server/side_loop.hpp"
#include "connectors/inspect/gauges.hpp"
#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"
#include "core/observe/process_metrics.hpp"
#include "net/http/server/client_address.hpp"

namespace freshet::app {
namespace {

std::uint64_t draw_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

/// Numbers rise over restarts without a journal, and stay below 2^53.
sequence wall_micros(const clock& time) {
  return static_cast<sequence>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.wall_now().time_since_epoch())
          .count());
}

void log_exception(std::string_view name, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    logger().error("{} ended: {}", name, e.what());
  }
}

void log_access(const http::access_record& r) {
  logger().info("{} \"{} {}\" {} {}", http::client_address(r.forwarded_for, r.from).to_string(),
                r.method, r.target, r.result.status, r.result.bytes);
}

}  // namespace

server::server(server_options options)
    : options_(std::move(options)),
      started_with_(restart_keys_of(options_.settings)),
      seed_(draw_seed()),
      epoch_(wall_micros(time_)),
      // From here on: a signal that comes while we start is kept, and does not kill.
      signals_(home_, SIGTERM, SIGINT, SIGHUP),
      world_(std::make_shared<demo_world>(seed_)),
      heavy_("freshet-heavy", 256),
      seats_(std::make_shared<api::stream_seats>(options_.settings.limits.streams_per_address)),
      ticking_(home_),
      running_(home_.get_executor(), log_exception),
      calls_(std::make_shared<call_target>(home_.get_executor(), running_, 10'000)) {
  sources_ = std::make_unique<own_sources>(home_.get_executor(), time_, options_.settings, counts_,
                                           log_exception);
  register_process_metrics(counts_);
}

server::~server() = default;

int server::run() {
  clamp_to_descriptors(options_.settings);
  if (!open_journal()) return exit_unavailable;
  std::vector<config::diagnostic> problems;
  now_ =
      make_generation(options_.settings, journal_ ? journal_->first() : epoch_, nullptr, problems);
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", config::render(problem));
  if (!now_) return exit_config;
  if (!listen()) {
    running_.spawn("close", now_->core->close());
    home_.run();
    return exit_unavailable;
  }
  if (journal_) journal_->begin(*now_->core);
  serve(now_);
  serving_->start();
  admin_->start();
  for (const auto& side : sides_) side->start();
  now_->core->start();
  if (journal_) journal_->start(*now_->core);
  now_->inspect->started();
  running_.spawn("tick", tick_for_ever());
  tell_supervisor();
  asio::co_spawn(home_, await_signals(), [](std::exception_ptr error) {
    if (error) log_exception("signals", error);
  });
  home_.run();
  return exit_ok;
}

/// Before anything else: whose epoch it is, and that no other process has the file.
bool server::open_journal() {
  const auto& path = options_.settings.state;
  if (path.empty()) return true;
  journal_ = std::make_unique<journal_side>(home_, time_, counts_, path, log_exception);
  const auto opened = journal_->open();
  if (!opened) {
    fmt::print(stderr, "freshet: state: {}\n", opened.error().text());
    return false;
  }
  epoch_ = journal_->epoch();
  return true;
}

result<> server::listen_on(http_front& front, const config::endpoint& where, std::string_view what,
                           bool on_all_loops) {
  if (!where.path.empty()) {
    auto bound = front.listen_at(where.path);
    if (bound) logger().info("{} {}", what, where.path);
    return bound;
  }
  auto at = resolve(where);
  if (!at) return at.error();
  const bool shared = on_all_loops && !sides_.empty();
  auto bound = front.listen(*at, shared);
  for (std::size_t i = 0; bound && shared && i < sides_.size(); ++i) bound = sides_[i]->listen(*at);
  if (bound) logger().info("{} {}", what, url_of(*at));
  return bound;
}

bool server::listen() {
  const auto& settings = options_.settings;
  result<> bound;
  for (const auto& each : settings.listen)
    if (bound) bound = listen_on(serving_->front(), each, "listening on", true);
  if (bound) bound = listen_on(*admin_, settings.admin, "admin on", false);
  if (!bound) fmt::print(stderr, "freshet: cannot listen: {}\n", bound.error().text());
  return bound.has_value();
}

http_front::environment server::front_environment(asio::io_context& ctx) {
  http_front::environment env{ctx, time_, options_.settings};
  env.epoch = epoch_;
  env.on_error = log_exception;
  if (options_.settings.log.access) env.log = log_access;
  return env;
}

/// The first generation's change log is the one that the streams begin with.
void server::make_loops(const engine& first) {
  serving_ = std::make_unique<serving_loop>(front_environment(home_), seed_,
                                            first.store().changes(), home_hooks());
  auto env = front_environment(home_);
  env.mode = http::gate::mode::admin;
  admin_ = std::make_unique<http_front>(std::move(env));
  make_sides(first);
}

sse::hub_hooks server::home_hooks() {
  sse::hub_hooks hooks;
  hooks.current = [this](std::string_view path) {
    const auto& store = now_->core->store();
    const auto page = store.find(path);
    const auto content = page == no_page ? nullptr : store.content(page);
    if (!content) return sse::page_state{};
    return sse::page_state{{content->etag.data(), content->etag.size()}, content->version};
  };
  hooks.content = [this](std::string_view path) {
    const auto& store = now_->core->store();
    const auto page = store.find(path);
    return page == no_page ? entry_ptr{} : store.content(page);
  };
  hooks.watch = [this](std::string_view path, bool watched) {
    watched_.change(*now_->core, path, watched, time_.now());
  };
  hooks.first_sent = observe_event_to_push(counts_, time_);
  return hooks;
}

void server::changed(const change_ptr& news) {
  sources_->finds.note(news->page, news->path, news->what == change::kind::deleted);
  serving_->hub().on_change(news);
  feed_.push(news);
  if (news->what == change::kind::deleted && watched_.contains(news->path))
    asio::post(home_,
               [this, path = news->path] { watched_.restore(*now_->core, path, time_.now()); });
}

engine_environment server::engine_environment_of(generation& g, sequence first) {
  engine_environment env{home_, time_, counts_, heavy_, world_};
  env.seed = seed_;
  env.epoch = epoch_;
  env.first = first;
  env.on_error = log_exception;
  env.loops = options_.settings.loops;
  env.kept = &kept_;
  env.post = [this, of = &g](std::size_t loop, index_update_ptr update) {
    const auto site = of->sides[loop - 1].lock();
    if (!site) return;
    const auto acknowledge = [of, loop](std::uint64_t round, std::size_t bytes) {
      of->core->store().cache().acknowledge(loop, round, bytes);
    };
    sides_[loop - 1]->apply(site, std::move(update), acknowledge);
  };
  env.changed = [this, of = &g](const change_ptr& news) {
    // One that is on its way out tells nobody: what it learns, the new one learns itself.
    if (now_.get() == of) changed(news);
  };
  if (journal_) env.kept_by = &journal_->of();
  env.feed = &sources_->feed;
  env.finds = &sources_->finds;
  return env;
}

asio::awaitable<void> server::tick_for_ever() {
  for (;;) {
    const auto now = time_.now();
    const bool more = now_->inspect->tick(now);
    now_->core->tick();
    ticking_.expires_after(more ? std::chrono::milliseconds(1) : std::chrono::seconds(1));
    co_await ticking_.async_wait(use_result);
    if (stopping_) co_return;
  }
}

void server::tell_supervisor() {
  auto connected = sd_notify::from_environment();
  if (!connected) return logger().warn("NOTIFY_SOCKET: {}", connected.error().text());
  supervisor_ = std::move(*connected);
  if (auto told = supervisor_.ready("serving"); !told)
    logger().warn("the service manager was not told: {}", told.error().text());
  if (const auto every = watchdog_interval()) running_.spawn("watchdog", feed_watchdog(*every));
}

/// From the loop itself: when it stands still, so does this.
asio::awaitable<void> server::feed_watchdog(std::chrono::microseconds every) {
  asio::steady_timer timer(home_);
  while (!stopping_) {
    static_cast<void>(supervisor_.watchdog());
    timer.expires_after(every);
    co_await timer.async_wait(use_result);
  }
}

asio::awaitable<void> server::await_signals() {
  for (;;) {
    const auto [ec, number] = co_await signals_.async_wait(use_result);
    if (ec) co_return;
    if (number == SIGHUP) {
      static_cast<void>(supervisor_.reloading(time_.now()));
      if (auto done = reload(); !done) logger().error("reload: {}", done.error().text());
      static_cast<void>(supervisor_.ready("serving"));
      continue;
    }
    logger().info("stopping; a second signal stops at once");
    signals_.remove(SIGTERM);
    signals_.remove(SIGINT);
    co_await drain();
    co_return;
  }
}

asio::awaitable<void> server::drain() {
  stopping_ = true;
  static_cast<void>(supervisor_.stopping("open answers end"));
  now_->inspect->draining();
  const auto patience = now_->core->settings().drain_timeout;
  co_await now_->core->stop_buses();
  for (const auto& side : sides_) side->stop(patience, [this] { ++sides_stopped_; });
  co_await serving_->stop(patience);
  asio::steady_timer timer(home_);
  while (sides_stopped_ < sides_.size()) {
    timer.expires_after(std::chrono::milliseconds(10));
    co_await timer.async_wait(use_result);
  }
  for (const auto& side : sides_) side->join();
  co_await admin_->stop(std::chrono::seconds(1));
  co_await now_->core->close();
  if (journal_) co_await journal_->stop(patience);
  co_await sources_->close();
  ticking_.cancel();
  calls_->close();
  co_await running_.close();
  heavy_.stop();
  logger().info("stopped");
}

}  // namespace freshet::app
