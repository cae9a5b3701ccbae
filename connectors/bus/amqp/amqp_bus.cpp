#include "connectors/bus/amqp/amqp_bus.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>

#include "connectors/bus/amqp/queue_name.hpp"
#include "core/async/tokens.hpp"
#include "core/config/amqp_settings.hpp"
#include "core/config/load.hpp"
#include "core/url/amqp_address.hpp"

namespace freshet {

namespace asio = boost::asio;

namespace {

constexpr int messages_a_turn = 64;
constexpr std::chrono::seconds acknowledgements_wait{1};  // at the end of a run

result<amqp_subscription> subscription_of(const config::bus_settings& settings,
                                          const std::string& queue) {
  const auto& from = *settings.amqp;
  const auto url = config::reveal(from.url);
  if (!url) return url.error();
  auto at = parse_amqp_address(*url);
  if (!at) return fail(errc::malformed, "url: " + at.error().detail);
  amqp_subscription out;
  out.at = std::move(*at);
  out.tls = {from.tls.ca, from.tls.cert, from.tls.key, from.tls.verify};
  out.exchange = from.exchange;
  out.bindings = bindings_of(settings.topics);
  out.queue = queue;
  out.expires = std::chrono::ceil<std::chrono::seconds>(from.expires);
  out.prefetch = static_cast<std::uint16_t>(from.prefetch);
  out.max_message = settings.max_message;
  return out;
}

}  // namespace

std::vector<std::string> bindings_of(const std::vector<std::string>& prefixes) {
  std::vector<std::string> out;
  for (const auto& prefix : prefixes) {
    // A word of a binding is whole: `org.exam` is asked for as all of `org.`
    const auto dot = prefix.rfind('.');
    out.push_back(dot == prefix.npos ? "#" : prefix.substr(0, dot + 1) + "#");
  }
  if (out.empty() || std::ranges::find(out, "#") != out.end()) return {"#"};
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

result<std::unique_ptr<amqp_bus>> amqp_bus::create(asio::io_context::executor_type ex,
                                                   const clock& time, config::bus_settings settings,
                                                   std::uint64_t seed, event_sink on_event,
                                                   drop_sink on_drop, durable_hook durable) {
  const auto what = subscription_of(settings, "");
  if (!what) return what.error();
  return std::unique_ptr<amqp_bus>(new amqp_bus(ex, time, std::move(settings), seed,
                                                std::move(on_event), std::move(on_drop),
                                                std::move(durable)));
}

amqp_bus::amqp_bus(asio::io_context::executor_type ex, const clock& time,
                   config::bus_settings settings, std::uint64_t seed, event_sink on_event,
                   drop_sink on_drop, durable_hook durable)
    : ex_(ex),
      time_(time),
      settings_(std::move(settings)),
      decoder_(settings_.name, settings_.max_message),
      on_event_(std::move(on_event)),
      on_drop_(std::move(on_drop)),
      durable_(std::move(durable)),
      queue_(settings_.amqp->queue),
      seed_(seed) {
  if (queue_.empty() && durable_) queue_ = new_queue_name();
}

bool amqp_bus::resume(std::string_view position) {
  if (!settings_.amqp->queue.empty()) return position == queue_;
  if (queue_.empty() || !is_queue_name(position)) return false;
  queue_ = position;
  return true;
}

asio::awaitable<void> amqp_bus::run() {
  amqp_consumer_options options;
  options.what = [settings = settings_, queue = queue_] {
    return subscription_of(settings, queue);
  };
  options.name = settings_.name;
  options.prefetch = static_cast<std::uint16_t>(settings_.amqp->prefetch);
  options.seed = seed_;
  consumer_ = std::make_shared<amqp_consumer>(ex_, std::move(options));
  back_ = std::make_shared<way_back>(ex_);
  back_->to = consumer_;
  consumer_->start();
  std::exception_ptr ended;
  try {
    co_await serve();
  } catch (...) {
    ended = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await await_acknowledgements();
  co_await consumer_->stop();
  shown_.up = false;
  if (ended) std::rethrow_exception(ended);
}

asio::awaitable<void> amqp_bus::serve() {
  for (;;) {
    co_await consumer_->news();
    shown_ = consumer_->status();
    while (take_some()) co_await asio::post(ex_, asio::deferred);
    shown_ = consumer_->status();  // what was here is not any more
  }
}

/// What was taken last is on the disk soon; else the broker gives it again at the next start.
asio::awaitable<void> amqp_bus::await_acknowledgements() {
  if (back_->missing == 0) co_return;
  back_->all_given.expires_after(acknowledgements_wait);
  co_await back_->all_given.async_wait(use_result);
}

/// One acknowledgement for all messages of a turn. True when there may be more.
bool amqp_bus::take_some() {
  std::optional<amqp_message> last;
  int taken = 0;
  for (; taken < messages_a_turn && !held_; ++taken) {
    auto next = consumer_->take();
    if (!next) break;
    // A connection that ended takes no acknowledgement: the broker gives its messages again.
    last = std::move(next);
    take(last->what);
  }
  if (taken > 0) acknowledge(last->connection, last->what.tag);
  return taken == messages_a_turn;
}

void amqp_bus::acknowledge(std::uint64_t connection, std::uint64_t tag) {
  ++back_->missing;
  auto call = [way = std::weak_ptr(back_), connection, tag] {
    const auto back = way.lock();
    if (!back) return;
    back->to->acknowledge(connection, tag);
    if (--back->missing == 0) back->all_given.cancel();
  };
  if (durable_) {
    durable_(std::move(call));
  } else {
    call();
  }
}

bool amqp_bus::wanted(std::string_view topic) const {
  return settings_.topics.empty() ||
         std::ranges::any_of(settings_.topics,
                             [&](const std::string& prefix) { return topic.starts_with(prefix); });
}

void amqp_bus::take(const amqp_delivery& message) {
  last_message_ = time_.now();
  if (!wanted(message.topic)) return;  // the binding took in more than the prefix
  hand_over(decoder_.decode(message, time_.wall_now()), message.topic, message.size);
}

void amqp_bus::hand_over(const decoded_message& message, std::string_view topic,
                         std::uint64_t size) {
  if (message) return on_event_(message.value);
  const auto& envelope = decoder_.envelope();
  const bool cut = message.drop == "too_large";
  // More than there is of it: the locker then knows that it cannot be taken again.
  on_drop_({message.drop, topic, envelope, cut ? std::max(size, envelope.size() + 1) : 0});
}

std::size_t amqp_bus::rebuild(mono_time quiet_since) {
  if (!consumer_ || !shown_.up || last_message_ >= quiet_since) return 0;
  consumer_->reconnect();
  return 1;
}

bool amqp_bus::take_again(std::string_view topic, std::string_view bytes) {
  freshet::hand_over(decoder_.decode_envelope(bytes, time_.wall_now()), topic, bytes, on_event_,
                     on_drop_);
  return true;
}

}  // namespace freshet
