#include "connectors/upstream/limits/circuit_breaker.hpp"

#include <algorithm>

namespace freshet {

bool circuit_breaker::allow(mono_time now) {
  if (state_ == state::open && now >= probe_at_) state_ = state::half_open;
  if (state_ == state::closed) return true;
  if (state_ == state::open || probing_) return false;
  probing_ = true;
  return true;
}

void circuit_breaker::open(mono_time now) {
  state_ = state::open;
  probing_ = false;
  probe_at_ = now + pause_;
  pause_ = std::min(pause_ * 2, std::chrono::seconds{60});
}

void circuit_breaker::report(bool ok, mono_time now) {
  if (state_ != state::closed) {
    // Any complete answer closes it, also one of a call that began before it opened.
    if (ok) {
      *this = circuit_breaker();
    } else if (state_ == state::half_open) {
      open(now);
    }
    return;
  }
  if (seen_ == window) {
    failures_ -= failed_[next_] ? 1 : 0;
  } else {
    ++seen_;
  }
  failed_[next_] = !ok;
  failures_ += ok ? 0 : 1;
  next_ = (next_ + 1) % window;
  if (seen_ >= judged_from && failures_ * 2 > seen_) open(now);
}

void circuit_breaker::abandon() { probing_ = false; }

}  // namespace freshet
