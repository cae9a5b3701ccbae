#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// Why a page is refreshed. The names are those of `freshet_refreshes_total{cause}`.
enum class cause : std::uint8_t { event, miss, sweep, reread, timer, hand, warm };
std::string_view text_of(cause why);

/// The event behind a mark, for people: `explain`, the Freshness field, the change record.
/// Immutable and shared by all pages that one event marks.
struct origin {
  std::string event_id{};
  std::string topic{};
  std::string bus{};
  std::string rule{};
  wall_time time{};      // as the message says
  mono_time received{};  // here; the clock's epoch = no event behind it
};
using origin_ptr = std::shared_ptr<const origin>;

/// Order of work: lower is sooner.
enum class lane : std::uint8_t { visitor, watched, popular, rest, sweep };
inline constexpr std::size_t lane_count = 5;

}  // namespace freshet
