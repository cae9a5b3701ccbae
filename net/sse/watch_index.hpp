#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <xxhash.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/sse/matcher.hpp"
#include "net/sse/subscriber.hpp"

namespace freshet::sse {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return XXH3_64bits(text.data(), text.size());
  }
};

/// All who watch exactly the same: what is ahead of one of them is ahead of the others.
struct audience {
  matcher watch;
  std::vector<subscriber*> members;
};

/// Who watches a page: by path, and once per distinct pattern, so that a thousand dashboards with
/// the same pattern cost one comparison.
///
/// Lifetime: does not own subscribers; remove() before one dies.
/// Threads:  its loop; watchers() any.
class watch_index {
 public:
  /// Sets s.of and s.place.
  void add(subscriber& s, matcher watch);
  void remove(subscriber& s);

  /// Calls f(subscriber&), possibly more than once for one. REQUIRES: f does not change the index.
  template <class F>
  void each(std::string_view canonical_path, F&& f) const {
    if (const auto at = pages_.find(canonical_path); at != pages_.end()) each_of(at->second, f);
    for (const auto& [text, group] : patterns_) {
      if (group.pattern.matches(canonical_path)) each_of(group.watching, f);
    }
  }

  /// How many streams name this page itself.
  std::size_t watchers(std::string_view canonical_path) const;

 private:
  using audiences = std::vector<audience*>;
  struct pattern_group {
    url_pattern pattern;
    audiences watching;
  };
  struct same_watch {
    using is_transparent = void;
    static const matcher& of(const matcher& m) { return m; }
    static const matcher& of(const std::unique_ptr<audience>& a) { return a->watch; }
    std::size_t operator()(const auto& a) const { return of(a).hash(); }
    bool operator()(const auto& a, const auto& b) const { return of(a) == of(b); }
  };

  template <class F>
  static void each_of(const audiences& all, F&& f) {
    for (const auto* a : all) {
      constexpr std::size_t ahead = 8;
      const auto count = a->members.size();
      for (std::size_t i = 0; i < count; ++i) {
        if (i + ahead < count) __builtin_prefetch(a->members[i + ahead], 1);
        f(*a->members[i]);
      }
    }
  }
  audience& join(matcher watch);
  void dissolve(audience& a);

  mutable std::mutex mutex_;  // its loop takes it to change what is below; reading needs none there
  absl::flat_hash_set<std::unique_ptr<audience>, same_watch, same_watch> all_;
  absl::flat_hash_map<std::string, audiences, text_hash, std::equal_to<>> pages_;
  std::map<std::string, pattern_group, std::less<>> patterns_;
};

}  // namespace freshet::sse
