#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <random>

#include "core/clock.hpp"
#include "core/select/page_floor.hpp"
#include "store/ledger/claim.hpp"

namespace freshet {

/// How long the next look waits at a page that did not show what its event says, after so many that
/// did not: nothing when it was looked at often enough.
std::optional<std::chrono::nanoseconds> floor_delay(unsigned looked, std::mt19937_64& random);

/// Where a page's floor is checked.
enum class floor_role : std::uint8_t {
  checked,    // on this page
  follows,    // on the page that this one is a variant of: refreshed after it
  unchecked,  // nowhere
};

/// A page that waits for what an event said to show up at its upstream.
///
/// Shape:    `retry_at` is the next look that counts: one that a newer event causes before it does
///           not, so a stream of events neither uses up the looks nor puts off their end.
struct floor_wait {
  floor_ptr wants;
  floor_ptr claimed;     // what the refresh that is up has to show
  part_mask parts = 0;   // that the floor's marks named
  mono_time retry_at{};  // the clock's epoch: the first look counts
  std::uint8_t looked = 0;
  bool renewed = false;  // another floor took the place since the first look
};

}  // namespace freshet
