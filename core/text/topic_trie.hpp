#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/topic_pattern.hpp"

namespace freshet {

/// All patterns of all rules in one tree, so that matching costs the topic's depth and not the
/// number of rules.
///
/// Shape:    `find` yields each inserted value at most once, ascending.
/// Lifetime: immutable after the last insert; then any thread may read.
class topic_trie {
 public:
  void insert(const topic_pattern& pattern, std::uint32_t value);
  /// Replaces `values` by those whose pattern matches; allocates nothing once `values` and the
  /// trie's scratch are warm.
  void find(std::string_view topic, std::vector<std::uint32_t>& values) const;

 private:
  // the implementation chooses its node layout
};

}  // namespace freshet
