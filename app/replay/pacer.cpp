#include "app/replay/pacer.hpp"

#include <algorithm>

namespace freshet::app {
namespace {

/// A century is as good as for ever and stays far from the clock's end.
mono_time after(mono_time start, double seconds) {
  constexpr double century = 100 * 366 * 86'400.0;
  const std::chrono::duration<double> wait(std::min(seconds, century));
  return start + std::chrono::duration_cast<steady_clock::duration>(wait);
}

}  // namespace

pacer pacer::at_rate(double events_a_second) {
  pacer made;
  made.rate_ = events_a_second;
  return made;
}

pacer pacer::at_speed(double factor) {
  pacer made;
  made.speed_ = factor;
  return made;
}

void pacer::start(mono_time now) {
  started_ = now;
  sent_ = 0;
  first_.reset();
  newest_.reset();
}

mono_time pacer::due(std::optional<wall_time> recorded) {
  const auto before = sent_++;
  if (rate_ > 0) return after(started_, static_cast<double>(before) / rate_);
  if (speed_ <= 0) return started_;
  if (recorded) {
    if (!first_) first_ = recorded;
    newest_ = std::max(newest_.value_or(*recorded), *recorded);
  }
  if (!first_) return started_;
  const std::chrono::duration<double> distance = *newest_ - *first_;
  return after(started_, distance.count() / speed_);
}

}  // namespace freshet::app
