#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "core/select/event.hpp"

namespace freshet {

/// One event as feeds keep it.
///
/// Shape:  `document` is one JSON object: id, topic, bus, time (seconds since 1970, null when the
///         message has none) and msg, its bytes as they came; a msg beyond `msg_bytes_max` is null,
///         and `msg_bytes` says how large it was.
struct fed_event {
  static constexpr std::size_t msg_bytes_max = 64 * 1024;

  std::string identity;   // the same for the same event of any run
  std::int64_t time = 0;  // microseconds: of the event, else when it came
  std::string document;

  static fed_event from(const event& e, wall_time received);
};

}  // namespace freshet
