#include "connectors/bus/zmq/zmq_bus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/async/tokens.hpp"
#include "core/observe/log.hpp"
#include "core/observe/rough_duration.hpp"
#include "core/text/clipped.hpp"
#include "core/text/quoted.hpp"

namespace freshet {
namespace {

/// After so long a bad signature is history, and in the counters only.
constexpr std::chrono::minutes fresh_trouble{10};

}  // namespace

result<std::unique_ptr<zmq_bus>> zmq_bus::create(asio::io_context::executor_type ex,
                                                 const clock& time, config::bus_settings settings,
                                                 event_sink on_event, drop_sink on_drop) {
  std::shared_ptr<message_verifier> verifier;
  if (settings.verify) {
    auto made = message_verifier::create(*settings.verify);
    if (!made) return error(made.error().code, "verify: " + made.error().detail);
    verifier = std::move(*made);
  }
  std::unique_ptr<zmq_bus> made(
      new zmq_bus(ex, time, std::move(settings), std::move(on_event), std::move(on_drop)));
  if (verifier) made->verify_by(std::move(verifier));
  zmq_subscriber_options options;
  options.connect = made->settings_.connect;
  options.prefixes = made->settings_.topics;
  options.max_message = made->settings_.max_message;
  options.hwm = made->settings_.hwm;
  options.on_refused = [to = made.get()](std::string_view why, std::string_view topic,
                                         std::string_view body) {
    to->on_drop_({why, topic, body});
  };
  if (made->line_) options.room = [line = made->line_.get()] { return line->room(); };
  auto subscriber = zmq_subscriber::create(ex, std::move(options));
  if (!subscriber) return subscriber.error();
  made->subscriber_ = std::move(*subscriber);
  return made;
}

zmq_bus::zmq_bus(asio::io_context::executor_type ex, const clock& time,
                 config::bus_settings settings, event_sink on_event, drop_sink on_drop)
    : ex_(ex),
      time_(time),
      settings_(std::move(settings)),
      decoder_(settings_.name, settings_.max_message),
      on_event_(std::move(on_event)),
      on_drop_(std::move(on_drop)) {}

void zmq_bus::verify_by(std::shared_ptr<message_verifier> verifier) {
  verifier_ = std::move(verifier);
  line_ = std::make_unique<verification_line>(
      ex_, time_, verifier_,
      [this](std::string_view topic, std::string_view body, const signature_verdict& verdict) {
        take_checked(topic, body, verdict);
      });
}

void zmq_bus::take(std::string_view topic, std::string_view body) {
  const auto message = decoder_.decode_frames(topic, body);
  if (!message) {
    on_drop_({message.drop, topic, body});
    return;
  }
  if (message.topic_differs) ++topics_differ_;
  on_event_(message.value);
}

void zmq_bus::take_checked(std::string_view topic, std::string_view body,
                           const signature_verdict& verdict) {
  if (verdict.why.empty()) {
    ++figures_.good;
    return take(topic, body);
  }
  ++figures_.bad;
  const auto now = time_.now();
  // The counters have them all; the log has one a minute, or a new reason.
  if (verdict.why != last_bad_ || now - last_bad_at_ > std::chrono::minutes{1})
    logger().warn("bus {}: a message of {} is not signed as it should be: {}{}{}", settings_.name,
                  in_quotes(clipped(topic, 255)), verdict.why, verdict.detail.empty() ? "" : ", ",
                  verdict.detail);
  last_bad_ = verdict.why;
  last_bad_at_ = now;
  if (settings_.verify->mode == "warn") return take(topic, body);
  on_drop_({verdict.why, topic, body});
}

bool zmq_bus::take_again(std::string_view topic, std::string_view bytes) {
  if (verifier_) {
    take_checked(topic, bytes, verifier_->check(topic, bytes, time_.now(), time_.wall_now()));
  } else {
    take(topic, bytes);
  }
  return true;
}

std::string zmq_bus::trouble() const {
  constexpr std::size_t named_max = 3;
  const auto missing = subscriber_->missing();
  if (missing.empty()) return {};
  std::string out;
  for (std::size_t i = 0; i < std::min(missing.size(), named_max); ++i)
    out += fmt::format("{}{}", out.empty() ? "no connection to " : ", ", missing[i]);
  if (missing.size() > named_max) out += fmt::format(" and {} more", missing.size() - named_max);
  return out;
}

std::optional<mono_time> zmq_bus::held_since() const {
  return line_ ? line_->held_since() : std::nullopt;
}

signature_figures zmq_bus::signatures() const {
  auto out = figures_;
  if (!verifier_) return out;
  out.trouble = verifier_->trouble(time_.wall_now());
  const auto ago = time_.now() - last_bad_at_;
  if (out.trouble.empty() && out.bad > 0 && ago < fresh_trouble)
    out.trouble = fmt::format("{} messages not signed as they should be, the last {} ago: {}",
                              out.bad, rough_duration(ago), last_bad_);
  return out;
}

asio::awaitable<void> zmq_bus::run() {
  if (!line_) {
    co_return co_await subscriber_->run(
        [this](std::string_view topic, std::string_view body) { take(topic, body); });
  }
  auto in = subscriber_->run(
      [this](std::string_view topic, std::string_view body) { line_->push(topic, body); });
  auto both =
      asio::experimental::make_parallel_group(asio::co_spawn(ex_, std::move(in), asio::deferred),
                                              asio::co_spawn(ex_, line_->run(), asio::deferred));
  const auto [order, received, checked] =
      co_await std::move(both).async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0 ? received : checked)
    std::rethrow_exception(order[0] == 0 ? received : checked);
}

}  // namespace freshet
