#include "connectors/upstream/limits/permits.hpp"

#include <algorithm>
#include <cassert>

namespace freshet {

permits::permits(std::uint32_t concurrency, double rate, mono_time now)
    : concurrency_(std::max(concurrency, 1u)),
      reserved_(concurrency_ < 2 ? 0 : std::max(concurrency_ / 4, 1u)),
      rate_(rate),
      bucket_max_(std::max(rate, 1.0)),
      bucket_(bucket_max_),
      filled_at_(now) {}

void permits::refill(mono_time now) {
  const auto passed = std::chrono::duration<double>(now - filled_at_).count();
  if (passed <= 0) return;
  bucket_ = std::min(bucket_max_, bucket_ + passed * rate_);
  filled_at_ = now;
}

double permits::needed(call_lane lane) const {
  const double shares = lane == call_lane::visitor ? 0 : lane == call_lane::background ? 1 : 2;
  return 1 + (bucket_max_ >= 4 ? shares * bucket_max_ / 4 : 0);
}

bool permits::crowded(call_lane lane) const {
  const auto left_free = lane == call_lane::visitor ? 0
                         : lane == call_lane::background
                             ? reserved_
                             : std::min(reserved_ + 1, concurrency_ - 1);
  return up_ >= concurrency_ - left_free;
}

bool permits::try_take(call_lane lane, mono_time now) {
  refill(now);
  if (crowded(lane)) return false;
  // Tokens are sums of fractions: without the margin a timer set to next_at() comes a hair early.
  if (rate_ > 0 && bucket_ + 1e-6 < needed(lane)) return false;
  if (rate_ > 0) bucket_ -= 1;
  ++up_;
  return true;
}

void permits::give_back() {
  assert(up_ > 0);
  --up_;
}

std::optional<mono_time> permits::next_at(call_lane lane, mono_time now) {
  refill(now);
  if (rate_ <= 0 || crowded(lane)) return {};
  const auto wait = std::chrono::duration<double>(std::max(0.0, needed(lane) - bucket_) / rate_);
  return now + std::chrono::ceil<mono_time::duration>(wait);
}

}  // namespace freshet
