#include "app/bench/load_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "core/async/cancellation.hpp"
#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 50ms;
constexpr auto stream_silence = 60s;  // a server says something at least every 20 s
constexpr auto pause_after_failure = 100ms;
constexpr auto backlog_every = 100ms;
constexpr std::string_view flood_bus_label = "bus=\"flood\"";

std::vector<std::string> compose_requests(const remote& server,
                                          const std::vector<std::string>& targets) {
  const auto& to = server.connection();
  std::vector<std::string> out;
  for (const auto& target : targets) {
    out.push_back(fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: freshet-bench\r\n\r\n",
                              server.request("GET", target).target, host_in_url(to), to.port));
  }
  return out;
}

http_client_options many(http_client_options options, std::size_t connections) {
  options.connections = connections;
  return options;
}

std::chrono::nanoseconds own_cpu() {
  const auto use = use_of(::getpid());
  return use ? use->cpu : 0ns;
}

/// A bug: it leaves through the loop.
void rethrow(std::string_view, std::exception_ptr error) {
  if (!is_cancellation(error)) std::rethrow_exception(error);
}

}  // namespace

load_run::load_run(asio::io_context& ctx, const remote& server, const remote* admin,
                   const child_server* child, load_options options, flood* messages)
    : ctx_(ctx),
      server_(server),
      admin_(admin),
      child_(child),
      flood_(messages),
      options_(std::move(options)),
      dialer_(ctx.get_executor(), many(server.connection(), options_.connections)),
      asker_(ctx.get_executor(), admin != nullptr ? admin->connection() : server.connection()),
      pages_(compose_requests(server, options_.targets)),
      load_(ctx.get_executor(), rethrow) {
  report_.connections = options_.connections;
  report_.depth = options_.depth;
  report_.streams = options_.streams;
}

void load_run::start_load() {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    visitors_.emplace_back(dialer_, pages_, counts_, options_.depth);
    load_.spawn("visitor", visitors_.back().run());
  }
  const auto& targets = options_.stream_targets;
  for (std::size_t i = 0; i < options_.streams; ++i)
    load_.spawn("stream", follow(targets[i % targets.size()]));
}

bool load_run::warm() const { return streams_open_ == options_.streams && pages_.all_answered(); }

result<> load_run::alive() const {
  if (child_ == nullptr || !child_->ended()) return {};
  return fail(errc::closed, "the server ended: " + child_->last_words());
}

/// However it ends, what was started is stopped before we return.
asio::awaitable<result<>> load_run::run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto ended = co_await measure();
  stop_counting();
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await load_.close();
  co_return ended;
}

asio::awaitable<result<>> load_run::measure() {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto interrupted = fail(errc::closed, "interrupted");
  start_load();
  const auto started = steady_clock::now();
  for (auto waited = 0ns; waited < options_.warm_up || (!warm() && waited < options_.warm_up_max);
       waited = steady_clock::now() - started) {
    if (!co_await pause(look_every)) co_return interrupted;
    if (auto living = alive(); !living) co_return living.error();
  }
  begin_counting(co_await scrape());
  const auto until = began_ + options_.duration;
  for (auto now = began_; now < until; now = steady_clock::now()) {
    if (!co_await pause(std::min<std::chrono::nanoseconds>(until - now, look_every))) {
      co_return interrupted;
    }
    if (auto living = alive(); !living) co_return living.error();
  }
  stop_counting();
  end(co_await scrape());
  co_return result<>();
}

/// False when interrupted.
asio::awaitable<bool> load_run::pause(std::chrono::nanoseconds length) {
  asio::steady_timer timer(ctx_);
  timer.expires_after(std::chrono::duration_cast<steady_clock::duration>(length));
  auto [ec] = co_await timer.async_wait(use_result);
  co_return !ec;
}

/// The server's metrics; "" when it does not answer.
asio::awaitable<std::string> load_run::scrape() {
  if (admin_ == nullptr) co_return std::string();
  auto answer = co_await asker_.send(admin_->request("GET", "/metrics"));
  if (!answer || answer->status != 200) co_return std::string();
  co_return std::move(answer->body);
}

void load_run::begin_counting(const std::string& metrics) {
  report_.warm = warm();
  report_.streams_open = streams_open_;
  metrics_before_ = metrics;
  if (child_ != nullptr) child_before_ = use_of(child_->pid()).value_or(process_use{});
  own_cpu_before_ = own_cpu();
  counting_ = true;
  began_ = steady_clock::now();
  counts_ = {};
  counts_.since = began_;
  if (flood_ == nullptr) return;
  report_.flood.emplace();
  flood_->begin();
  load_.spawn("backlog", watch_backlog());
}

/// What comes later (the last scrape, the connections' end) does not count.
void load_run::stop_counting() {
  if (!std::exchange(counting_, false)) return;
  report_.seconds = std::chrono::duration<double>(steady_clock::now() - began_).count();
  report_.counts = counts_;
  report_.own_cpu = own_cpu() - own_cpu_before_;
  if (child_ == nullptr) return;
  report_.child = use_of(child_->pid());
  if (report_.child) report_.child->cpu -= child_before_.cpu;
}

void load_run::end(const std::string& metrics) {
  if (metrics.empty() || metrics_before_.empty()) return;
  const auto risen = [&](std::string_view name) {
    return metric_sum(metrics, name) - metric_sum(metrics_before_, name);
  };
  constexpr std::string_view push = "freshet_event_to_push_seconds";
  report_.server =
      server_report{risen("freshet_bus_messages_total"), risen("freshet_refreshes_total"),
                    risen("freshet_sse_events_total"),
                    between(read_buckets(metrics_before_, push), read_buckets(metrics, push))};
}

/// One subscriber: a stream that ends (they rotate) is opened again.
asio::awaitable<void> load_run::follow(std::string target) {
  asio::steady_timer timer(ctx_);
  for (;;) {
    auto request = server_.request("GET", target);
    request.headers.emplace_back("Accept", "text/event-stream");
    auto stream =
        co_await http_stream::open(ctx_.get_executor(), server_.connection(), std::move(request));
    if (!stream) {
      counts_.fail("opening a stream: " + stream.error().text());
    } else if ((*stream)->head().status != 200) {
      counts_.fail(fmt::format("opening a stream: status {}", (*stream)->head().status));
    } else {
      ++streams_open_;
      co_await read_stream(stream->get());
      --streams_open_;
    }
    timer.expires_after(pause_after_failure);
    co_await timer.async_wait(use_result);
  }
}

asio::awaitable<void> load_run::read_stream(http_stream* stream) {
  event_stream events;
  const event_stream::sink count = [this](const stream_event& event) {
    ++counts_.stream_events;
    if (flood_ != nullptr && counting_) note_wait(event);
  };
  for (;;) {
    auto bytes = co_await stream->read(stream_silence);
    if (!bytes && is_cancellation(bytes.error())) co_return;
    if (!bytes) co_return counts_.fail("a stream: " + bytes.error().text());
    if (bytes->empty()) co_return;
    if (!events.feed(*bytes, count)) co_return counts_.fail("a stream: an event without end");
  }
}

/// From a message's leaving until its page's new version arrived here.
void load_run::note_wait(const stream_event& event) {
  constexpr std::string_view member = "\"event\":\"";
  const auto at = event.data.find(member);
  if (at == std::string::npos) return;
  auto id = std::string_view(event.data).substr(at + member.size());
  id = id.substr(0, id.find('"'));
  if (const auto left = flood_->sent_at(id)) counts_.waits.add(steady_clock::now() - *left);
}

/// How many messages the server has not taken yet, now and then.
asio::awaitable<void> load_run::watch_backlog() {
  while (counting_) {
    const auto metrics = co_await scrape();
    if (!metrics.empty() && counting_) {
      constexpr std::string_view name = "freshet_bus_messages_total";
      const auto taken = static_cast<std::uint64_t>(metric_sum(metrics, name, flood_bus_label));
      const auto sent = flood_->sent();
      flood_->taken(taken);
      auto& found = *report_.flood;
      found = {sent, taken, std::max(found.behind_max, sent - std::min(sent, taken))};
    }
    if (!co_await pause(backlog_every)) co_return;
  }
}

std::string load_run::progress_text() const {
  if (!counting_) return fmt::format("bench: warming up, {} streams open", streams_open_);
  const std::chrono::duration<double> gone = steady_clock::now() - began_;
  return fmt::format("bench: {:.0f} of {:.0f} s, {} requests", gone.count(),
                     std::chrono::duration<double>(options_.duration).count(),
                     counts_.latency.count());
}

}  // namespace freshet::app
