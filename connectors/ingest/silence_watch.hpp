#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/clock.hpp"

namespace freshet {

/// Which buses are quiet for longer than they should be. A subscription that died without an error
/// looks exactly like a quiet bus, so this is the only alarm for it.
///
/// Shape:   pure. A bus without `expect_every` is never silent; one that never spoke is silent
///          since the start. Each silence is told once, and its end once.
/// Threads: the owner's only; `now` never goes back.
class silence_watch {
 public:
  /// By bus.
  silence_watch(std::vector<std::optional<std::chrono::nanoseconds>> expect_every, mono_time start);

  /// `bus` is the one that `other` knows as `there`: its silence goes on.
  void adopt(std::size_t bus, const silence_watch& other, std::size_t there) {
    rows_[bus] = other.rows_[there];
  }
  /// The bus spoke. How long it had been quiet, when it was told as silent before.
  std::optional<std::chrono::nanoseconds> heard(std::size_t bus, mono_time now);
  /// Buses that became silent and were not told yet.
  std::vector<std::size_t> newly_silent(mono_time now);

  /// Since when the bus is silent; nothing when it is not.
  std::optional<mono_time> silent_since(std::size_t bus, mono_time now) const;

 private:
  struct row {
    std::optional<std::chrono::nanoseconds> expect_every;
    mono_time heard;
    bool told = false;
  };
  std::vector<row> rows_;
};

}  // namespace freshet
