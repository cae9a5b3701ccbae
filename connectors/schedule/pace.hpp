#pragma once

#include <algorithm>

#include "core/clock.hpp"

namespace freshet {

/// So many a second, evenly.
///
/// Shape:   pure; what was missed is made up for a tenth of a second at most, so that a pause is
///          not followed by a burst.
class pace {
 public:
  /// REQUIRES: rate > 0.
  pace(double rate, mono_time now)
      : step_(std::max(std::chrono::nanoseconds{1},
                       std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / rate)))),
        next_(now) {}

  bool take(mono_time now) {
    if (next_ > now) return false;
    next_ = std::max(next_, now - std::chrono::milliseconds{100}) + step_;
    return true;
  }
  mono_time next() const { return next_; }

 private:
  std::chrono::nanoseconds step_;
  mono_time next_;
};

}  // namespace freshet
