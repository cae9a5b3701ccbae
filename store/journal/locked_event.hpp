#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"

namespace freshet {

/// A message that could not be dealt with, as it came.
///
/// Shape:    `why` is a word: what the bus dropped it for ("malformed", "bad_topic", "too_large",
///           ...), "rule" or "mark"; `detail` says which rule and what of it. `bytes` are the first
///           of `size`; the message can be taken again only when it is whole. The same message that
///           comes again is counted in `times`.
struct locked_event {
  std::uint64_t number = 0;  // from 1, never used again
  std::string bus;
  std::string topic;  // its frame's; empty when there is none or it is no topic
  std::string id;
  std::string why;
  std::string detail;
  wall_time at{};    // first
  wall_time last{};  // again
  std::uint64_t times = 1;
  std::uint64_t tries = 0;  // replays that failed
  std::uint64_t size = 0;
  std::string bytes;

  bool whole() const { return size > 0 && bytes.size() == size; }
};

}  // namespace freshet
