#include "core/text/topic_pattern.hpp"

#include <algorithm>
#include <array>

namespace freshet {

result<topic_pattern> topic_pattern::parse(std::string_view text) {
  if (text.empty()) return fail(errc::malformed, "a topic pattern is empty; # means every topic");
  if (text.size() > bytes_max) {
    return fail(errc::out_of_range, "a topic pattern has at most 255 bytes");
  }
  topic_pattern parsed;
  parsed.text_ = text;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (word.empty()) {
      // Most often a byte prefix as in a bus's `topics`.
      return fail(errc::malformed, "an empty word in the topic pattern \"" + parsed.text_ +
                                       "\"; for everything below a prefix write prefix.#");
    }
    if (word.size() > 1 && word.find_first_of("*#") != std::string_view::npos) {
      return fail(errc::malformed, "in the topic pattern \"" + parsed.text_ +
                                       "\" * and # stand for whole words, found \"" +
                                       std::string(word) + '"');
    }
    if (parsed.words_.size() == words_max) {
      return fail(errc::out_of_range, "a topic pattern has at most 64 words");
    }
    parsed.words_.emplace_back(word);
    begin = end + 1;
  }
  return parsed;
}

bool topic_pattern::matches(std::string_view topic) const {
  // reached[i]: the topic's words so far are matched by the first i words of the pattern.
  std::array<bool, words_max + 1> reached{};
  const auto skip_hashes = [&] {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (reached[i] && words_[i] == "#") reached[i + 1] = true;
    }
  };
  reached[0] = true;
  skip_hashes();
  for (std::size_t begin = 0; begin <= topic.size();) {
    const std::size_t end = std::min(topic.find('.', begin), topic.size());
    const std::string_view word = topic.substr(begin, end - begin);
    for (std::size_t i = words_.size(); i > 0; --i) {
      const std::string& wanted = words_[i - 1];
      if (wanted == "#") {
        reached[i] = reached[i] || reached[i - 1];
      } else {
        reached[i] = reached[i - 1] && (wanted == "*" ? !word.empty() : wanted == word);
      }
    }
    reached[0] = false;
    skip_hashes();
    begin = end + 1;
  }
  return reached[words_.size()];
}

}  // namespace freshet
