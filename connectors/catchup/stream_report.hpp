#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace freshet {

/// Why messages of a bus may not have come.
enum class gap_cause : std::uint8_t {
  start,      // what came before the first connection
  reconnect,  // a connection was lost and came back
  silence,    // nothing for longer than `expect_every`
  sequence,   // a publisher's numbers have a hole
};
inline constexpr std::size_t gap_causes = 4;
std::string_view name_of(gap_cause why);

/// How whole the stream of one bus is, for `/-/buses`, `/-/ready` and /metrics.
struct stream_report {
  struct gap {
    gap_cause why;
    wall_time since;
  };
  /// A walk through the bus' history that is under way.
  struct walk {
    wall_time from, to, reached;
    std::uint64_t messages = 0;  // read
    std::uint64_t missed = 0;    // of those: had not come over the bus
    std::uint64_t requests = 0;
    unsigned failures = 0;  // in a row
    std::string error;      // the last one, while failures > 0
  };
  struct quiet_topic {
    std::string_view pattern;  // borrows from the settings; "" = the bus as a whole
    std::chrono::nanoseconds for_now;
  };

  bool replays = false;     // it has a history to ask
  std::string down_for;     // why the bus is not connected, where it knows
  std::optional<gap> open;  // being closed, or about to
  std::optional<walk> catching_up;
  /// The newest gap that nothing could close: pages that the bus concerns were in doubt from then.
  std::optional<gap> lost;
  std::string lost_for;  // why it was not closed
  std::vector<quiet_topic> quiet;
  std::size_t unjudged_publishers = 0;
};

}  // namespace freshet
