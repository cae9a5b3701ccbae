#include "store/page/page_trie.hpp"

#include <xxhash.h>

#include <algorithm>

namespace freshet {
namespace {

struct affixes_view {
  std::string_view prefix, suffix;
};
struct affixes {
  std::string prefix, suffix;
  operator affixes_view() const { return {prefix, suffix}; }
};
struct affixes_hash {
  using is_transparent = void;
  std::size_t operator()(affixes_view key) const {
    const auto seed = XXH3_64bits(key.prefix.data(), key.prefix.size());
    return XXH3_64bits_withSeed(key.suffix.data(), key.suffix.size(), seed);
  }
};
struct affixes_equal {
  using is_transparent = void;
  bool operator()(affixes_view a, affixes_view b) const {
    return a.prefix == b.prefix && a.suffix == b.suffix;
  }
};
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return XXH3_64bits(key.data(), key.size()); }
};

}  // namespace

struct page_trie::node {
  using child = std::unique_ptr<node>;
  struct captures {  // all siblings whose literals have these lengths
    std::size_t prefix, suffix;
    std::unordered_map<affixes, child, affixes_hash, affixes_equal> children;
  };

  std::optional<class_id> page;
  std::unordered_map<std::string, child, text_hash, std::equal_to<>> literals;
  std::vector<captures> lengths;  // the most literal bytes first

  node& below(const segment_pattern& segment);
};

page_trie::node& page_trie::node::below(const segment_pattern& segment) {
  if (!segment.capture) {
    auto& next = literals[segment.prefix];
    if (!next) next = std::make_unique<node>();
    return *next;
  }
  const auto prefix = segment.prefix.size();
  const auto suffix = segment.suffix.size();
  auto at = std::find_if(lengths.begin(), lengths.end(), [=](const captures& other) {
    const auto total = other.prefix + other.suffix;
    return total < prefix + suffix || (total == prefix + suffix && other.prefix <= prefix);
  });
  if (at == lengths.end() || at->prefix != prefix || at->suffix != suffix) {
    at = lengths.insert(at, captures{prefix, suffix, {}});
  }
  auto& next = at->children[affixes{segment.prefix, segment.suffix}];
  if (!next) next = std::make_unique<node>();
  return *next;
}

page_trie::page_trie() : root_(std::make_unique<node>()) {}
page_trie::~page_trie() = default;
page_trie::page_trie(page_trie&&) noexcept = default;
page_trie& page_trie::operator=(page_trie&&) noexcept = default;

std::optional<class_id> page_trie::insert(const std::vector<segment_pattern>& path, class_id page) {
  node* at = root_.get();
  for (const auto& segment : path) at = &at->below(segment);
  if (at->page) return at->page;
  at->page = page;
  return {};
}

std::optional<class_id> page_trie::find_in(const node& at, std::span<const std::string> segments) {
  if (segments.empty()) return at.page;
  const std::string_view text = segments.front();
  const auto rest = segments.subspan(1);
  if (const auto next = at.literals.find(text); next != at.literals.end()) {
    if (auto page = find_in(*next->second, rest)) return page;
  }
  for (const auto& group : at.lengths) {
    if (text.size() <= group.prefix + group.suffix) continue;  // a capture has at least one byte
    const affixes_view ends{text.substr(0, group.prefix), text.substr(text.size() - group.suffix)};
    const auto next = group.children.find(ends);
    if (next == group.children.end()) continue;
    if (auto page = find_in(*next->second, rest)) return page;
  }
  return {};
}

std::optional<class_id> page_trie::find(std::span<const std::string> segments) const {
  return find_in(*root_, segments);
}

}  // namespace freshet
