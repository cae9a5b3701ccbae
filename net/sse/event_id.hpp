#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "store/entry.hpp"

namespace freshet::sse {

/// The id of a frame: `<epoch>-<sequence>`. "Every matching change up to `at` was delivered."
///
/// Shape: both decimal, no sign, no leading zero, so that one position has one spelling.
struct event_id {
  std::uint64_t epoch = 0;
  sequence at = 0;
  auto operator<=>(const event_id&) const = default;
};

std::string format(event_id id);

/// Errors: malformed.
result<event_id> parse_event_id(std::string_view text);

}  // namespace freshet::sse
