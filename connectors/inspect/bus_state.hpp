#pragma once

#include <string>
#include <vector>

#include "connectors/catchup/stream_report.hpp"
#include "connectors/ingest/bus_report.hpp"
#include "core/json/writer.hpp"

namespace freshet {

/// All that is known of one bus.
struct bus_state {
  bus_report flow;
  stream_report stream;
  std::size_t unverified = 0;  // pages that the bus concerns and that may have missed events
};

/// A sentence for each thing that is not as it should be; none when the bus does well.
std::vector<std::string> troubles_of(const bus_state& bus, wall_time now);
/// One object of `/-/buses`.
void write_bus(json::writer& w, const bus_state& bus);

}  // namespace freshet
