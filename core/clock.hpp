#pragma once

#include <chrono>

namespace freshet {

/// Steady time: timers, deadlines, ages. Never displayed.
using mono_time = std::chrono::steady_clock::time_point;
/// Wall time: what people and other machines read. Never compared with a deadline.
using wall_time = std::chrono::system_clock::time_point;
using std::chrono::steady_clock;

/// Where `now` comes from. Store and rule code takes `now` as a parameter; only the shells ask a
/// clock.
///
/// Lifetime: outlives everybody it was given to.
/// Threads:  real_clock any; manual_clock the thread that owns it.
class clock {
 public:
  virtual ~clock() = default;
  virtual mono_time now() const = 0;
  virtual wall_time wall_now() const = 0;
};

class real_clock final : public clock {
 public:
  mono_time now() const override { return steady_clock::now(); }
  wall_time wall_now() const override { return std::chrono::system_clock::now(); }
};

/// Time that moves when a test says so.
class manual_clock final : public clock {
 public:
  explicit manual_clock(wall_time start = wall_time{std::chrono::seconds{1'700'000'000}})
      : wall_(start) {}
  mono_time now() const override { return now_; }
  wall_time wall_now() const override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    wall_ += std::chrono::duration_cast<wall_time::duration>(by);
  }

 private:
  mono_time now_{std::chrono::hours{1}};
  wall_time wall_;
};

}  // namespace freshet
