#include "core/text/topic_trie.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <functional>

namespace freshet {
namespace {

std::uint64_t edge(std::uint32_t node, std::uint32_t word) {
  return std::uint64_t{node} << 32u | word;
}

}  // namespace

/// The states of one walk. A node is in a set when its mark is the set's number; numbers rise for
/// ever on a thread, so one scratch serves all tries.
struct topic_trie::scratch {
  std::vector<node_id> now, next;
  std::vector<std::uint64_t> marks;
  std::uint64_t set = 0;
};

std::size_t topic_trie::word_hash::operator()(std::string_view word) const {
  return XXH3_64bits(word.data(), word.size());
}

topic_trie::node_id topic_trie::child(node_id parent, const std::string& word) {
  const auto next = static_cast<node_id>(nodes_.size());
  node_id* place = nullptr;
  if (word == "*") {
    place = &nodes_[parent].star;
  } else if (word == "#") {
    place = &nodes_[parent].hash;
  } else {
    const auto number = static_cast<word_id>(words_.size());
    const word_id known = words_.try_emplace(word, number).first->second;
    nodes_[parent].has_words = true;
    place = &edges_.try_emplace(edge(parent, known), none).first->second;
  }
  if (*place != none) return *place;
  *place = next;
  nodes_.emplace_back().is_hash = word == "#";
  return next;
}

void topic_trie::insert(const topic_pattern& pattern, std::uint32_t value) {
  node_id at = 0;
  for (const std::string& word : pattern.words()) at = child(at, word);
  nodes_[at].values.push_back(value);
}

/// Adds a node, and those that `#` reaches from it with zero words.
void topic_trie::enter(node_id id, std::vector<node_id>& states, scratch& s) const {
  for (bool first = true; first || id != none; first = false) {
    if (s.marks[id] == s.set) return;
    s.marks[id] = s.set;
    states.push_back(id);
    id = nodes_[id].hash;
  }
}

void topic_trie::find(std::string_view topic, std::vector<std::uint32_t>& values) const {
  thread_local scratch s;
  if (s.marks.size() < nodes_.size()) s.marks.resize(nodes_.size());
  values.clear();
  s.now.clear();
  ++s.set;
  enter(0, s.now, s);
  for (std::size_t begin = 0; begin <= topic.size() && !s.now.empty();) {
    const std::size_t end = std::min(topic.find('.', begin), topic.size());
    const std::string_view word = topic.substr(begin, end - begin);
    const auto known = words_.find(word);
    s.next.clear();
    ++s.set;
    for (const node_id id : s.now) {
      const node& from = nodes_[id];
      if (from.is_hash) enter(id, s.next, s);
      if (from.star != none && !word.empty()) enter(from.star, s.next, s);
      if (!from.has_words || known == words_.end()) continue;
      const auto next = edges_.find(edge(id, known->second));
      if (next != edges_.end()) enter(next->second, s.next, s);
    }
    std::swap(s.now, s.next);
    begin = end + 1;
  }
  for (const node_id id : s.now) {
    values.insert(values.end(), nodes_[id].values.begin(), nodes_[id].values.end());
  }
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace freshet
