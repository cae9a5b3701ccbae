#include "connectors/registry/make_bus.hpp"

#include "connectors/bus/amqp/amqp_bus.hpp"
#include "connectors/bus/demo/demo_bus.hpp"
#include "connectors/bus/ndjson/ndjson_bus.hpp"
#include "connectors/bus/webhook/webhook_bus.hpp"
#include "connectors/bus/zmq/zmq_bus.hpp"
#include "connectors/registry/revealed.hpp"

namespace freshet {
namespace {

template <class Bus>
result<std::unique_ptr<bus>> as_bus(result<std::unique_ptr<Bus>> made, const std::string& name) {
  if (!made) return error(made.error().code, "bus." + name + ": " + made.error().detail);
  return std::unique_ptr<bus>(std::move(*made));
}

}  // namespace

result<std::unique_ptr<bus>> make_bus(const connector_environment& with,
                                      const config::bus_settings& settings, event_sink on_event,
                                      drop_sink on_drop, durable_hook durable) {
  const auto& name = settings.name;
  if (settings.kind == "zmq")
    return as_bus(
        zmq_bus::create(with.ex, with.time, settings, std::move(on_event), std::move(on_drop)),
        name);
  if (settings.kind == "amqp")
    return as_bus(amqp_bus::create(with.ex, with.time, settings, with.seed, std::move(on_event),
                                   std::move(on_drop), std::move(durable)),
                  name);
  if (settings.kind == "webhook")
    return as_bus(webhook_bus::create(with.ex, with.time, settings, std::move(on_event),
                                      std::move(on_drop), std::move(durable)),
                  name);
  if (settings.kind == "ndjson")
    return as_bus(ndjson_bus::open(with.ex, settings, std::move(on_event), std::move(on_drop)),
                  name);
  if (settings.kind == "demo")
    return std::unique_ptr<bus>(std::make_unique<demo_bus>(
        settings, with.world, with.time, std::move(on_event), std::move(on_drop)));
  return fail(errc::not_built_in, "bus." + name + ": kind " + settings.kind);
}

result<std::unique_ptr<history_source>> make_history(const connector_environment& with,
                                                     const config::bus_settings& settings) {
  if (!settings.catch_up) return std::unique_ptr<history_source>();
  auto sent = revealed(settings.catch_up->headers, "bus." + settings.name + ".catch_up.headers");
  if (!sent) return sent.error();
  return make_datagrepper(with.ex, settings.name, *settings.catch_up, std::move(*sent));
}

}  // namespace freshet
