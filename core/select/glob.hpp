#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// `like` of CONTRACT.md: matches the whole string, `*` skips, `{}` takes; the leftmost `*` or `{}`
/// is the longest. No regular expressions, no escapes: a lone `{` or `}` stands for itself.
///
/// Shape:    at most 1024 bytes. Matching allocates nothing, time O(pattern x text).
/// Lifetime: a value; what take() returns borrows from the text. Default: matches "" only.
class glob {
 public:
  static constexpr std::size_t bytes_max = 1024;

  /// Errors: malformed: more than one `{}`; out_of_range: too long.
  static result<glob> parse(std::string_view pattern);

  bool matches(std::string_view text) const;
  /// What `{}` stands for (may be empty); the whole text when the pattern has no `{}`; nothing when
  /// it does not match.
  std::optional<std::string_view> take(std::string_view text) const;
  const std::string& text() const { return pattern_; }

 private:
  bool walk(std::string_view text, std::string_view& taken) const;

  std::string pattern_;
  std::vector<std::string> literals_{
      std::string{}};                 // what stands around and between the wildcards
  std::optional<std::size_t> taken_;  // `{}` stands behind literals_[*taken_]
};

}  // namespace freshet
