#include "connectors/catchup/topic_silence.hpp"

#include <algorithm>

namespace freshet {
namespace {

constexpr std::chrono::hours tell_every_max{1};

}  // namespace

topic_silence::topic_silence(const config::bus_settings& bus, mono_time start) {
  const auto add = [&](std::string_view pattern, std::chrono::nanoseconds every) {
    rows_.push_back({pattern, every, start, start + every});
  };
  if (bus.expect_every) {
    add("", *bus.expect_every);
    trie_.insert(*topic_pattern::parse("#"), 0);
  }
  for (const auto& [pattern, every] : bus.expect_topics) {
    trie_.insert(pattern, static_cast<std::uint32_t>(rows_.size()));
    add(pattern.text(), every);
  }
}

topic_silence::quiet topic_silence::quiet_of(const row& r, mono_time now, bool again) {
  return {r.pattern, now - r.heard, r.every, r.heard, again};
}

std::vector<topic_silence::quiet> topic_silence::heard(std::string_view topic, mono_time now) {
  std::vector<quiet> out;
  if (rows_.empty()) return out;
  trie_.find(topic, hit_);
  for (const auto at : hit_) {
    auto& r = rows_[at];
    if (r.told) out.push_back(quiet_of(r, now, true));
    r.heard = now;
    r.tell_at = now + r.every;
    r.told = false;
  }
  return out;
}

std::vector<topic_silence::quiet> topic_silence::due(mono_time now) {
  std::vector<quiet> out;
  for (auto& r : rows_) {
    if (now - r.heard <= r.every || now < r.tell_at) continue;
    out.push_back(quiet_of(r, now, r.told));
    r.told = true;
    const auto most = std::max<std::chrono::nanoseconds>(tell_every_max, r.every);
    r.tell_at = now + std::min<std::chrono::nanoseconds>(now - r.heard, most);
  }
  return out;
}

std::vector<topic_silence::quiet> topic_silence::silent(mono_time now) const {
  std::vector<quiet> out;
  for (const auto& r : rows_)
    if (now - r.heard > r.every) out.push_back(quiet_of(r, now, r.told));
  return out;
}

}  // namespace freshet
