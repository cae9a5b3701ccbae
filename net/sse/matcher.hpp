#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/sse/url_pattern.hpp"

namespace freshet::sse {

/// What one stream is about: pages by canonical path, or by pattern; several = any of them.
///
/// Shape: at most `matchers_max` of both together; `exact` sorted, without repetition.
class matcher {
 public:
  static constexpr std::size_t matchers_max = 200;

  void add(std::string canonical_path);
  void add(url_pattern pattern);

  bool matches(std::string_view canonical_path) const;
  /// The page itself, not by a pattern.
  bool names(std::string_view canonical_path) const;

  const std::vector<std::string>& exact() const { return exact_; }
  const std::vector<url_pattern>& patterns() const { return patterns_; }
  /// The same paths, and the same patterns in the same order.
  bool operator==(const matcher& other) const;
  std::size_t hash() const;
  bool empty() const { return exact_.empty() && patterns_.empty(); }

 private:
  std::vector<std::string> exact_;
  std::vector<url_pattern> patterns_;
};

}  // namespace freshet::sse
