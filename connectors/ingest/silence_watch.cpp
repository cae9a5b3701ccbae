#include "connectors/ingest/silence_watch.hpp"

#include <utility>

namespace freshet {

silence_watch::silence_watch(std::vector<std::optional<std::chrono::nanoseconds>> expect_every,
                             mono_time start) {
  for (const auto& every : expect_every) rows_.push_back({every, start});
}

std::optional<std::chrono::nanoseconds> silence_watch::heard(std::size_t bus, mono_time now) {
  auto& r = rows_[bus];
  const auto quiet = now - r.heard;
  r.heard = now;
  if (!std::exchange(r.told, false)) return std::nullopt;
  return quiet;
}

std::vector<std::size_t> silence_watch::newly_silent(mono_time now) {
  std::vector<std::size_t> out;
  for (std::size_t bus = 0; bus < rows_.size(); ++bus) {
    if (rows_[bus].told || !silent_since(bus, now)) continue;
    rows_[bus].told = true;
    out.push_back(bus);
  }
  return out;
}

std::optional<mono_time> silence_watch::silent_since(std::size_t bus, mono_time now) const {
  const auto& r = rows_[bus];
  if (!r.expect_every || now - r.heard <= *r.expect_every) return std::nullopt;
  return r.heard;
}

}  // namespace freshet
