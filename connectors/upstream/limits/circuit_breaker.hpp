#pragma once

#include <array>
#include <cstddef>

#include "core/clock.hpp"

namespace freshet {

/// Stops asking an upstream that fails: open when more than half of its last 20 calls failed; after
/// a pause one probe is let through, and its answer decides.
///
/// Shape:   pure; judges from 5 calls on; the pause doubles from 1 s to 60 s while probes fail.
class circuit_breaker {
 public:
  enum class state { closed, open, half_open };

  /// True = call it (in half_open: you are the probe), then report() exactly once.
  bool allow(mono_time now);
  void report(bool ok, mono_time now);
  /// An allowed call ended without an answer of its own (cancelled): the probe's turn is given
  /// back.
  void abandon();
  state now_state() const { return state_; }
  mono_time opens_again() const { return probe_at_; }

 private:
  void open(mono_time now);

  static constexpr std::size_t window = 20;
  static constexpr std::size_t judged_from = 5;
  std::array<bool, window> failed_{};
  std::size_t next_ = 0;
  std::size_t seen_ = 0;
  std::size_t failures_ = 0;
  state state_ = state::closed;
  bool probing_ = false;
  mono_time probe_at_;
  std::chrono::seconds pause_{1};
};

}  // namespace freshet
