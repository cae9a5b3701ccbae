#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/webhook/hook_responder.hpp"
#include "core/config/settings.hpp"
#include "net/http/server/listener.hpp"

namespace freshet {

/// Events that others POST, on a listener of their own.
///
/// Shape:    it binds when it runs and tries again while the address is taken: after a reload that
///           changed its settings the old one leaves only then. What comes while nobody listens is
///           the sender's to send again.
/// Errors:   create: the topic's template, the address. Later ones are trouble().
/// Lifetime: the sinks outlive run(), which ends by cancellation.
/// Threads:  home loop only.
class webhook_bus final : public bus {
 public:
  static result<std::unique_ptr<webhook_bus>> create(boost::asio::io_context::executor_type ex,
                                                     const clock& time,
                                                     config::bus_settings settings,
                                                     event_sink on_event, drop_sink on_drop,
                                                     durable_hook durable);

  std::string_view name() const override { return settings_.name; }
  boost::asio::awaitable<void> run() override;
  bool up() const override { return up_; }
  std::string trouble() const override { return trouble_; }
  void hold() override { answers_.hold(); }
  bool take_again(std::string_view topic, std::string_view bytes) override;
  /// Where it listens; empty before, and for a unix socket.
  boost::asio::ip::tcp::endpoint local() const { return local_; }

 private:
  webhook_bus(boost::asio::io_context::executor_type ex, const clock& time,
              config::bus_settings settings, hook_decoder decoder, event_sink on_event,
              drop_sink on_drop, durable_hook durable);
  result<std::unique_ptr<http::listener>> open();
  boost::asio::awaitable<void> listen();

  boost::asio::io_context& ctx_;
  config::bus_settings settings_;
  const clock& time_;
  event_sink on_event_;
  drop_sink on_drop_;
  http::date_block block_{"0"};
  http::counters counts_;
  hook_responder answers_;
  http::reaper watch_;
  http::session_environment sessions_;
  std::unique_ptr<http::listener> listener_;
  boost::asio::ip::tcp::endpoint local_;
  std::string trouble_;
  bool up_ = false;
  task_scope running_;
};

}  // namespace freshet
