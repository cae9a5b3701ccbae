#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "core/clock.hpp"

namespace freshet {

/// A clock that stands still until somebody goes on to the next thing that is to happen.
///
/// Shape:    what happens at one moment happens in the order in which it was put down.
/// Lifetime: an act may put down others; it must outlive nothing but itself.
/// Threads:  the owner's only.
class agenda {
 public:
  const manual_clock& time() const { return clock_; }
  mono_time now() const { return clock_.now(); }

  void at(mono_time when, std::function<void()> act) {
    steps_.push({std::max(when, now()), ++orders_, std::move(act)});
  }
  void in(std::chrono::nanoseconds wait, std::function<void()> act) {
    at(now() + wait, std::move(act));
  }

  bool empty() const { return steps_.empty(); }
  /// REQUIRES: !empty().
  mono_time next() const { return steps_.top().at; }
  /// Nothing happens on the way: `when` is not beyond next().
  void pass_to(mono_time when) {
    if (when > now()) clock_.advance(when - now());
  }
  /// REQUIRES: !empty().
  void go_on() {
    auto act = std::move(const_cast<step&>(steps_.top()).act);
    pass_to(steps_.top().at);
    steps_.pop();
    act();
  }

 private:
  struct step {
    mono_time at;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const step& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  manual_clock clock_;
  std::uint64_t orders_ = 0;
  std::priority_queue<step> steps_;
};

}  // namespace freshet
