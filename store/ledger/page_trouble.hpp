#pragma once

#include <chrono>
#include <optional>

namespace freshet {

/// What counts against a page, seen from now: kept over a restart, so that a page which its
/// upstream cannot serve does not begin with a new budget each time.
struct page_trouble {
  unsigned attempts = 0;  // failures in a row
  unsigned errors = 0;    // of its budget for an hour
  std::chrono::nanoseconds errors_age{0};
  std::optional<std::chrono::nanoseconds> parked_for{};  // until it is tried again

  bool any() const { return attempts > 0 || errors > 0 || parked_for; }
};

}  // namespace freshet
