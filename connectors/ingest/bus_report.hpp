#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// How one bus does, for `/-/buses` and `/-/ready`.
///
/// Shape:    `messages` counts what was decoded, duplicates among them; `dropped` what had to be
///           refused. `silent_since` is set while the bus is quiet for longer than `expect_every`.
/// Lifetime: name and kind borrow from the settings.
struct bus_report {
  std::string_view name;
  std::string_view kind;
  bool up = false;
  std::uint64_t messages = 0;
  std::uint64_t dropped = 0;
  std::uint64_t duplicates = 0;
  std::optional<wall_time> last_event{};  // when it arrived
  std::optional<wall_time> silent_since{};
  std::chrono::nanoseconds silent_for{0};
  std::string signatures{};  // what is wrong with them; empty = nothing
};

}  // namespace freshet
