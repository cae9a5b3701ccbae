#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/verify/verification_line.hpp"
#include "core/config/settings.hpp"
#include "net/zmq/subscriber.hpp"

namespace freshet {

/// fedmsg: ZeroMQ publishers that are connected to.
///
/// Shape:    with `verify` messages pass through a verification_line, in order; what is not signed
///           as it should be is refused (mode enforce), or counted and taken (warn).
/// Errors:   create: an endpoint libzmq refuses, certificates that cannot be read. Bad messages are
///           dropped and counted; connections heal.
/// Lifetime: the clock and the sinks outlive run(), which ends by cancellation.
/// Threads:  home loop only.
class zmq_bus final : public bus {
 public:
  static result<std::unique_ptr<zmq_bus>> create(boost::asio::io_context::executor_type ex,
                                                 const clock& time, config::bus_settings settings,
                                                 event_sink on_event, drop_sink on_drop);

  std::string_view name() const override { return settings_.name; }
  boost::asio::awaitable<void> run() override;
  /// Every publisher is connected.
  bool up() const override { return subscriber_->connected(); }
  /// Which of several is not.
  std::string trouble() const override;
  const zmq_counts& counts() const { return subscriber_->counts(); }
  std::uint64_t topics_differ() const override { return topics_differ_; }
  bool may_lose() const override { return true; }
  std::optional<mono_time> held_since() const override;
  signature_figures signatures() const override;
  std::uint64_t connections() const override { return counts().connections; }
  std::size_t rebuild(mono_time quiet_since) override { return subscriber_->rebuild(quiet_since); }
  bool take_again(std::string_view topic, std::string_view bytes) override;

 private:
  zmq_bus(boost::asio::io_context::executor_type ex, const clock& time,
          config::bus_settings settings, event_sink on_event, drop_sink on_drop);
  void verify_by(std::shared_ptr<message_verifier> verifier);
  void take(std::string_view topic, std::string_view body);
  void take_checked(std::string_view topic, std::string_view body,
                    const signature_verdict& verdict);

  boost::asio::io_context::executor_type ex_;
  const clock& time_;
  config::bus_settings settings_;
  std::unique_ptr<zmq_subscriber> subscriber_;
  message_decoder decoder_;
  event_sink on_event_;
  drop_sink on_drop_;
  std::uint64_t topics_differ_ = 0;

  // null without `verify`
  std::shared_ptr<message_verifier> verifier_;
  std::unique_ptr<verification_line> line_;
  signature_figures figures_;
  std::string_view last_bad_;
  mono_time last_bad_at_{};
};

}  // namespace freshet
