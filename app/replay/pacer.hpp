#pragma once

#include <cstdint>
#include <optional>

#include "core/clock.hpp"

namespace freshet::app {

/// When the next recorded event is due.
///
/// Shape:    at once; or `rate` events a second, counted from the start so that no error adds up;
///           or the recorded distances divided by `speed`. Recordings are not always in order: an
///           event from before the newest one so far, or without a time, is due with the one
///           before it.
/// Threads:  a value.
class pacer {
 public:
  static pacer at_once() { return {}; }
  static pacer at_rate(double events_a_second);
  static pacer at_speed(double factor);

  /// The first event of a round is due when the round starts.
  void start(mono_time now);
  mono_time due(std::optional<wall_time> recorded);

 private:
  double rate_ = 0;
  double speed_ = 0;
  mono_time started_{};
  std::uint64_t sent_ = 0;
  std::optional<wall_time> first_, newest_;
};

}  // namespace freshet::app
