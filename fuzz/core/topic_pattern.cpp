/// A topic, then patterns, one a line: pattern and trie say what a naive matcher says.
#include "core/text/topic_pattern.hpp"

#include <algorithm>

#include "core/text/topic_trie.hpp"
#include "fuzz/support/target.hpp"

namespace {

using words = std::vector<std::string_view>;

words split(std::string_view text) {
  words out;
  for (;;) {
    const auto dot = text.find('.');
    out.push_back(text.substr(0, dot));
    if (dot == text.npos) return out;
    text.remove_prefix(dot + 1);
  }
}

/// Straight from the definition, filled from the end: row p, column t = the rest of the pattern
/// from p on matches the rest of the topic from t on.
bool naive(const words& pattern, const words& topic) {
  std::vector<std::vector<bool>> fits(pattern.size() + 1, std::vector<bool>(topic.size() + 1));
  fits[pattern.size()][topic.size()] = true;
  for (auto p = pattern.size(); p-- > 0;) {
    for (auto t = topic.size() + 1; t-- > 0;) {
      const bool more = t < topic.size();
      if (pattern[p] == "#") {
        fits[p][t] = fits[p + 1][t] || (more && fits[p][t + 1]);
      } else {
        const bool one = more && (pattern[p] == "*" ? !topic[t].empty() : pattern[p] == topic[t]);
        fits[p][t] = one && fits[p + 1][t + 1];
      }
    }
  }
  return fits[0][0];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto topic = in.line();
  topic_trie trie;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t value = 0; value < 64 && !in.done(); ++value) {
    const auto text = in.line();
    const auto pattern = topic_pattern::parse(text);
    if (!pattern) continue;
    fuzz::require(pattern->text() == text, "a pattern keeps its text");
    const bool fits = naive(split(text), split(topic));
    fuzz::require(pattern->matches(topic) == fits, "the pattern agrees with the naive matcher");
    if (fits) expected.push_back(value);
    trie.insert(*pattern, value);
  }
  std::vector<std::uint32_t> found{7};
  trie.find(topic, found);
  fuzz::require(found == expected, "the trie agrees with the naive matcher");
  return 0;
}
