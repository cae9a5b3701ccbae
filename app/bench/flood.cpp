#include "app/bench/flood.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "core/async/cancellation.hpp"
#include "core/async/tokens.hpp"

namespace freshet::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view topic = "org.fedoraproject.prod.buildsys.build.state.change";
constexpr std::string_view id_prefix = "flood-";
constexpr int turn_messages = 4096;

/// A bug: it leaves through the loop.
void rethrow(std::string_view, std::exception_ptr error) {
  if (!is_cancellation(error)) std::rethrow_exception(error);
}

}  // namespace

flood::flood(flood_options options)
    : options_(std::move(options)), times_(times_kept), scope_(ctx_.get_executor(), rethrow) {
  padding_.assign(options_.bytes > 300 ? options_.bytes - 300 : 0, 'x');
}

result<std::unique_ptr<flood>> flood::bind(flood_options options) {
  std::unique_ptr<flood> out(new flood(std::move(options)));
  auto publisher = zmq_publisher::bind(out->ctx_.get_executor(), "tcp://127.0.0.1:0");
  if (!publisher) return publisher.error();
  out->publisher_ = std::move(*publisher);
  return out;
}

flood::~flood() {
  ended_.store(true);
  if (thread_.joinable()) thread_.join();
}

void flood::begin() {
  scope_.spawn("flood", publish());
  thread_ = std::thread([this] { ctx_.run(); });
}

asio::awaitable<void> flood::publish() {
  asio::steady_timer tick(ctx_);
  const auto began = steady_clock::now();
  while (!ended_.load(std::memory_order_relaxed)) {
    const std::chrono::duration<double> gone = steady_clock::now() - began;
    const auto due = static_cast<std::uint64_t>(gone.count() * options_.rate);
    const auto most = taken_.load(std::memory_order_relaxed) + behind_max;
    for (int n = 0; n < turn_messages && sent() < std::min(due, most); ++n) send_next();
    tick.expires_after(1ms);
    co_await tick.async_wait(use_result);
  }
}

void flood::send_next() {
  const auto number = sent_.load(std::memory_order_relaxed);
  const auto body = fmt::format(
      R"({{"i":{0},"msg":{{"attribute":"state","build_id":{0},"instance":"primary","name":"{1}",)"
      R"("new":1,"old":0,"owner":"{2}"}},"msg_id":"{3}{0}","timestamp":1763690400.0,)"
      R"("topic":"{4}","username":"bench"}})",
      number, options_.packages[number % options_.packages.size()], padding_, id_prefix, topic);
  times_[number % times_kept].store(steady_clock::now().time_since_epoch().count(),
                                    std::memory_order_relaxed);
  sent_.store(number + 1, std::memory_order_release);
  publisher_->send(topic, body);
}

std::optional<mono_time> flood::sent_at(std::string_view event_id) const {
  if (!event_id.starts_with(id_prefix)) return {};
  event_id.remove_prefix(id_prefix.size());
  std::uint64_t number = 0;
  const auto* end = event_id.data() + event_id.size();
  const auto [stop, bad] = std::from_chars(event_id.data(), end, number);
  if (bad != std::errc{} || stop != end) return {};
  const auto all = sent();
  if (number >= all || number + times_kept <= all) return {};
  const auto ticks = times_[number % times_kept].load(std::memory_order_relaxed);
  return mono_time(steady_clock::duration(ticks));
}

}  // namespace freshet::app
