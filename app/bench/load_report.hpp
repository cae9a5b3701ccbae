#pragma once

#include <optional>
#include <string>

#include "app/bench/child_server.hpp"
#include "app/bench/metric_text.hpp"
#include "app/bench/visitor.hpp"

namespace freshet::app {

/// What the server's own metrics say about the measured time.
struct server_report {
  double bus_events = 0;
  double refreshes = 0;
  double stream_events = 0;      // told to streams
  metric_buckets event_to_push;  // seconds
};

/// How well the server kept up with a flood.
struct flood_report {
  std::uint64_t sent = 0, taken = 0;  // when looked at last
  std::uint64_t behind_max = 0;       // messages sent and not taken, at worst
};

/// What one load run found, between the end of the warm-up and the end. A value.
struct load_report {
  double seconds = 0;
  std::size_t connections = 0, depth = 0;
  std::size_t streams = 0, streams_open = 0;  // asked for; open when measuring began
  load_counts counts;
  std::chrono::nanoseconds own_cpu{};
  std::optional<flood_report> flood;
  std::optional<server_report> server;  // nothing when it was not asked or did not answer
  std::optional<process_use> child;     // CPU of the measured time; only of a process of ours
  bool warm = true;                     // every page was answered and every stream open before

  std::uint64_t requests() const { return counts.latency.count(); }
  /// Nothing failed, each answer was a success.
  bool good() const;
};

/// For people, several lines.
std::string to_text(const load_report& report);
/// One JSON object; what is not known is null.
std::string to_json(const load_report& report);
/// How many times longer a request took at the 99th percentile; nothing when nothing was answered.
std::optional<double> p99_ratio(const load_report& calm, const load_report& storm);

}  // namespace freshet::app
