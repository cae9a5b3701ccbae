#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "connectors/bus/amqp/delivery_decoder.hpp"
#include "connectors/bus/bus.hpp"
#include "core/config/settings.hpp"
#include "net/amqp/consumer.hpp"

namespace freshet {

/// fedora-messaging, and any other topic exchange of an AMQP 0-9-1 broker.
///
/// Shape:    with somebody who keeps (`durable`), or with a `queue` of the settings, the queue is a
///           durable one: its name is the bus' position, so a later run goes on with what waited
///           there. Else it is the broker's own, gone with each connection. Messages are
///           acknowledged once their marks are on the disk, refused ones too: they are in the
///           locker, and none stands in the way of the next.
///           connections() counts queues that were begun: what was published before is not in them.
/// Errors:   create: a URL that is none, or a secret that cannot be read. Later ones are trouble().
/// Lifetime: the sinks outlive run(), which ends by cancellation.
/// Threads:  home loop only; the broker is spoken to on a thread of its own.
class amqp_bus final : public bus {
 public:
  static result<std::unique_ptr<amqp_bus>> create(boost::asio::io_context::executor_type ex,
                                                  const clock& time, config::bus_settings settings,
                                                  std::uint64_t seed, event_sink on_event,
                                                  drop_sink on_drop, durable_hook durable);

  std::string_view name() const override { return settings_.name; }
  boost::asio::awaitable<void> run() override;
  bool up() const override { return shown_.up; }
  std::string trouble() const override { return shown_.trouble; }
  /// Connected, and nothing waits at the broker.
  bool whole() const override { return shown_.up && shown_.waiting == 0; }
  std::string position() const override { return queue_; }
  bool resume(std::string_view position) override;
  bool is_kept() const override { return !queue_.empty(); }
  bool may_lose() const override { return true; }
  std::uint64_t connections() const override { return shown_.new_queues; }
  std::size_t rebuild(mono_time quiet_since) override;
  void hold() override { held_ = true; }
  bool take_again(std::string_view topic, std::string_view bytes) override;

 private:
  amqp_bus(boost::asio::io_context::executor_type ex, const clock& time,
           config::bus_settings settings, std::uint64_t seed, event_sink on_event,
           drop_sink on_drop, durable_hook durable);
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> await_acknowledgements();
  bool take_some();
  void take(const amqp_delivery& message);
  void hand_over(const decoded_message& message, std::string_view topic, std::uint64_t size);
  bool wanted(std::string_view topic) const;
  void acknowledge(std::uint64_t connection, std::uint64_t tag);

  boost::asio::io_context::executor_type ex_;
  const clock& time_;
  config::bus_settings settings_;
  delivery_decoder decoder_;
  event_sink on_event_;
  drop_sink on_drop_;
  durable_hook durable_;
  std::string queue_;  // "" = the broker's own
  std::uint64_t seed_;
  /// For acknowledgements, which may come late.
  struct way_back {
    explicit way_back(boost::asio::io_context::executor_type ex) : all_given(ex) {}
    std::shared_ptr<amqp_consumer> to;
    std::size_t missing = 0;
    boost::asio::steady_timer all_given;
  };
  std::shared_ptr<way_back> back_;
  std::shared_ptr<amqp_consumer> consumer_;
  amqp_status shown_;  // as of the last look; what the loop sees together
  mono_time last_message_{};
  bool held_ = false;
};

/// Binding keys for byte prefixes: each covers its prefix, and no more than the words that the
/// prefix ends in make necessary.
std::vector<std::string> bindings_of(const std::vector<std::string>& prefixes);

}  // namespace freshet
