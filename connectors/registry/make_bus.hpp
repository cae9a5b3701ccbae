#pragma once

#include "connectors/bus/bus.hpp"
#include "connectors/catchup/history_source.hpp"
#include "connectors/registry/make_upstream.hpp"

namespace freshet {

/// The bus that the settings describe.
///
/// Errors: an endpoint or file that cannot be opened; the detail names the bus.
result<std::unique_ptr<bus>> make_bus(const connector_environment& with,
                                      const config::bus_settings& settings, event_sink on_event,
                                      drop_sink on_drop, durable_hook durable = {});

/// Where the bus' past can be asked for; null when the settings name nothing.
///
/// Errors: a URL that is none, a secret that cannot be read, a certificate; the detail names the
/// bus.
result<std::unique_ptr<history_source>> make_history(const connector_environment& with,
                                                     const config::bus_settings& settings);

}  // namespace freshet
