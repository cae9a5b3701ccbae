#pragma once

#include <chrono>

#include "core/clock.hpp"

namespace freshet {

/// So many requests a second, and as many at once.
///
/// Shape: pure. A bucket of one second's worth, at least one.
class hook_rate {
 public:
  /// 0 = no limit.
  hook_rate(double rate, mono_time now);

  bool take(mono_time now);
  /// When the next one is let in; at least a second, as Retry-After has it.
  std::chrono::seconds wait() const;

 private:
  double rate_;
  double most_;
  double left_;
  mono_time at_;
};

}  // namespace freshet
