#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/topic_pattern.hpp"

namespace freshet {

/// All patterns of all rules in one tree, so that matching costs the topic's depth and not the
/// number of rules.
///
/// Shape:    `find` yields each inserted value at most once, ascending. Words are numbered once for
///           the whole tree; one step hashes the topic's word once and then only pairs of numbers.
/// Lifetime: immutable after the last insert; then any thread may read (scratch is the thread's
///           own).
/// Source:   the set-of-states simulation of a nondeterministic automaton (Thompson 1968): no
///           backtracking, so `#.a.#.b.#` is bounded by nodes x words.
class topic_trie {
 public:
  topic_trie() : nodes_(1) {}

  void insert(const topic_pattern& pattern, std::uint32_t value);
  /// Replaces `values` by those whose pattern matches; allocates nothing once `values` and the
  /// thread's scratch are warm.
  void find(std::string_view topic, std::vector<std::uint32_t>& values) const;

 private:
  using node_id = std::uint32_t;
  using word_id = std::uint32_t;
  static constexpr node_id none = 0;  // the root is nobody's child

  struct node {
    node_id star = none;  // behind `*`
    node_id hash = none;  // behind `#`
    bool is_hash = false;
    bool has_words = false;
    std::vector<std::uint32_t> values;
  };
  struct word_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const;
  };
  struct scratch;

  node_id child(node_id parent, const std::string& word);
  void enter(node_id id, std::vector<node_id>& states, scratch& s) const;

  std::vector<node> nodes_;
  absl::flat_hash_map<std::string, word_id, word_hash, std::equal_to<>> words_;
  absl::flat_hash_map<std::uint64_t, node_id> edges_;  // node << 32 | word
};

}  // namespace freshet
