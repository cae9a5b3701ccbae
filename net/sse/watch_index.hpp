#pragma once

#include <absl/container/flat_hash_map.h>
#include <xxhash.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/sse/subscriber.hpp"

namespace freshet::sse {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return XXH3_64bits(text.data(), text.size());
  }
};

/// Who watches a page: by path, and once per distinct pattern, so that a thousand dashboards with
/// the same pattern cost one comparison.
///
/// Lifetime: does not own subscribers; remove() before one dies.
class watch_index {
 public:
  void add(subscriber& s);
  void remove(subscriber& s);

  /// Calls f(subscriber&), possibly more than once for one. REQUIRES: f does not change the index.
  template <class F>
  void each(std::string_view canonical_path, F&& f) const {
    if (const auto at = pages_.find(canonical_path); at != pages_.end()) {
      for (auto* s : at->second) f(*s);
    }
    for (const auto& [text, group] : patterns_) {
      if (!group.pattern.matches(canonical_path)) continue;
      for (auto* s : group.watchers) f(*s);
    }
  }

  /// How many streams name this page itself.
  std::size_t watchers(std::string_view canonical_path) const;

 private:
  struct pattern_group {
    url_pattern pattern;
    std::vector<subscriber*> watchers;
  };
  absl::flat_hash_map<std::string, std::vector<subscriber*>, text_hash, std::equal_to<>> pages_;
  std::map<std::string, pattern_group, std::less<>> patterns_;
};

}  // namespace freshet::sse
