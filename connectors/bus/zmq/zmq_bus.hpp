#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "core/config/settings.hpp"
#include "net/zmq/subscriber.hpp"

namespace freshet {

/// fedmsg: ZeroMQ publishers that are connected to.
///
/// Errors:   create: an endpoint libzmq refuses. Bad messages are dropped and counted; connections
/// heal. Lifetime: the sinks outlive run(), which ends by cancellation. Threads:  home loop only.
class zmq_bus final : public bus {
 public:
  static result<std::unique_ptr<zmq_bus>> create(boost::asio::io_context::executor_type ex,
                                                 config::bus_settings settings, event_sink on_event,
                                                 drop_sink on_drop);

  std::string_view name() const override { return settings_.name; }
  boost::asio::awaitable<void> run() override;
  /// Every publisher is connected.
  bool up() const override { return subscriber_->connected(); }
  const zmq_counts& counts() const { return subscriber_->counts(); }
  std::uint64_t topics_differ() const override { return topics_differ_; }
  bool may_lose() const override { return true; }
  std::uint64_t connections() const override { return counts().connections; }
  std::size_t rebuild(mono_time quiet_since) override { return subscriber_->rebuild(quiet_since); }
  bool take_again(std::string_view topic, std::string_view bytes) override {
    take(topic, bytes);
    return true;
  }

 private:
  zmq_bus(config::bus_settings settings, std::unique_ptr<zmq_subscriber> subscriber,
          event_sink on_event, drop_sink on_drop);
  void take(std::string_view topic, std::string_view body);

  config::bus_settings settings_;
  std::unique_ptr<zmq_subscriber> subscriber_;
  message_decoder decoder_;
  event_sink on_event_;
  drop_sink on_drop_;
  std::uint64_t topics_differ_ = 0;
};

}  // namespace freshet
