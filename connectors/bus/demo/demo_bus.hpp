#pragma once

#include <memory>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/upstream/demo/demo_world.hpp"
#include "core/config/settings.hpp"

namespace freshet {

/// Makes things happen in a demo_world, `rate` times a second, and tells of them as fedmsg would.
///
/// Lifetime: sinks and clock outlive run(), which ends by cancellation.
class demo_bus final : public bus {
 public:
  demo_bus(config::bus_settings settings, std::shared_ptr<demo_world> world, const clock& time,
           event_sink on_event, drop_sink on_drop);
  std::string_view name() const override { return settings_.name; }
  boost::asio::awaitable<void> run() override;
  bool up() const override { return up_; }
  /// Something happens now, to this package ("" = to any).
  void happen(std::string_view package = {});

 private:
  void tell(const demo_message& message);

  config::bus_settings settings_;
  std::shared_ptr<demo_world> world_;
  const clock& time_;
  message_decoder decoder_;
  event_sink on_event_;
  drop_sink on_drop_;
  bool up_ = false;
};

}  // namespace freshet
