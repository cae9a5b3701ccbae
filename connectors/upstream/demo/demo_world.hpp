#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"

namespace freshet {

/// One message of the demonstration: topic and the whole JSON body, as fedmsg would send it.
struct demo_message {
  std::string topic;
  std::string body;
};

/// What the demonstration's upstreams own: packages with builds, bugs and updates. The demo bus
/// changes it and tells; the demo upstream answers from it. Same seed, same story.
///
/// Shape:   twelve packages; the newest 20 builds, bugs and updates of each.
/// Threads: home loop only.
class demo_world {
 public:
  explicit demo_world(std::uint64_t seed);

  /// One thing happens, to any package or to the one named. `now` goes into the message and the
  /// documents.
  demo_message step(wall_time now);
  demo_message step(wall_time now, std::string_view package);
  /// "/packages", "/builds/{p}", "/bugs/{p}", "/updates/{p}"; nothing for what does not exist.
  std::optional<std::string> document(std::string_view target) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct item {
    std::uint64_t id;
    std::string text;
    std::string state;
    std::int64_t at;
  };
  struct package {
    std::vector<item> builds, bugs, updates;  // oldest first
  };
  std::size_t pick(std::size_t below);
  demo_message happen(std::size_t package, wall_time now);
  demo_message build(std::size_t p, std::int64_t at);
  demo_message bug(std::size_t p, std::int64_t at);
  demo_message update(std::size_t p, std::int64_t at);
  demo_message envelope(std::string_view topic, std::string_view msg, std::int64_t at);

  std::vector<std::string> names_;
  std::vector<package> packages_;
  std::uint64_t next_id_ = 1000;
  std::uint64_t messages_ = 0;
  std::mt19937_64 random_;
};

}  // namespace freshet
