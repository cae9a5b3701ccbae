#include "connectors/bus/webhook/hook_rate.hpp"

#include <algorithm>
#include <cmath>

namespace freshet {

hook_rate::hook_rate(double rate, mono_time now)
    : rate_(rate), most_(std::max(1.0, rate)), left_(most_), at_(now) {}

bool hook_rate::take(mono_time now) {
  if (rate_ <= 0) return true;
  const auto passed = std::chrono::duration<double>(std::max(now - at_, mono_time::duration{}));
  at_ = now;
  left_ = std::min(most_, left_ + passed.count() * rate_);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

std::chrono::seconds hook_rate::wait() const {
  if (rate_ <= 0) return std::chrono::seconds{1};
  const auto seconds = std::ceil((1 - left_) / rate_);
  return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(seconds, 1.0, 3600.0)));
}

}  // namespace freshet
