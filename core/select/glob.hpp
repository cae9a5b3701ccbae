#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// `like` of CONTRACT.md: matches the whole string, `*` skips, `{}` takes; the leftmost `*` or `{}`
/// is the longest. No regular expressions. Linear memory, time O(pattern x text).
class glob {
 public:
  /// Errors: malformed: more than one `{}`.
  static result<glob> parse(std::string_view pattern);

  bool matches(std::string_view text) const;
  /// What `{}` stands for; the whole text when the pattern has no `{}`; nothing when it does not
  /// match.
  std::optional<std::string_view> take(std::string_view text) const;
  const std::string& text() const { return pattern_; }

 private:
  std::string pattern_;
};

}  // namespace freshet
