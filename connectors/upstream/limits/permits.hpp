#pragma once

#include <cstdint>
#include <optional>

#include "connectors/upstream/upstream.hpp"
#include "core/clock.hpp"

namespace freshet {

/// How many calls may be up, and how many may begin in a second.
///
/// Shape: pure. A quarter of the permits (at least one, if there are two) is for visitors only; the
///        rate is a bucket that holds one second's worth, of which a quarter is for visitors too. A
///        sweep leaves one permit more, and half of the bucket, to all others.
class permits {
 public:
  /// `rate` a second; 0 = no limit.
  permits(std::uint32_t concurrency, double rate, mono_time now);

  bool try_take(call_lane lane, mono_time now);
  void give_back();
  /// When the rate alone would let this lane go; nothing if it is not the rate that holds it.
  std::optional<mono_time> next_at(call_lane lane, mono_time now);
  std::uint32_t up() const { return up_; }

 private:
  void refill(mono_time now);
  double needed(call_lane lane) const;
  bool crowded(call_lane lane) const;

  std::uint32_t concurrency_;
  std::uint32_t reserved_;
  double rate_;
  double bucket_max_;
  double bucket_;
  mono_time filled_at_;
  std::uint32_t up_ = 0;
};

}  // namespace freshet
