#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/server/engine.hpp"

namespace freshet::app {

/// Which pages somebody's stream names, over all loops, so that a page is pinned once and let go
/// once, and stays pinned over a purge or a reload.
///
/// Threads: home loop only.
class watched_pages {
 public:
  /// The first stream of a loop that names the page came, or the last one left.
  void change(engine& now, std::string_view canonical, bool watched, mono_time at);
  /// The page was purged, or its engine is new: make it known again.
  void restore(engine& now, std::string_view canonical, mono_time at);
  void restore_all(engine& now, mono_time at);
  bool contains(std::string_view canonical) const { return loops_.contains(canonical); }

 private:
  static void pin(engine& now, std::string_view canonical, mono_time at, bool build);

  std::map<std::string, unsigned, std::less<>> loops_;  // how many loops watch it
};

}  // namespace freshet::app
