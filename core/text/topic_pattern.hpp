#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// `org.fedoraproject.*.bodhi.#`: words split at `.`, case-sensitive, the whole topic; `*` is
/// exactly one non-empty word, `#` zero or more words, anywhere.
///
/// Shape:    at most 64 words and 255 bytes, the length of AMQP's routing keys. Topics may be
///           longer.
/// Errors:   malformed (empty, an empty word, `*` or `#` inside of a word), out_of_range.
/// Lifetime: a value; immutable, so any thread may use it.
class topic_pattern {
 public:
  static constexpr std::size_t bytes_max = 255;
  static constexpr std::size_t words_max = 64;

  static result<topic_pattern> parse(std::string_view text);

  bool matches(std::string_view topic) const;  // the slow reference; the trie is for many patterns
  const std::string& text() const { return text_; }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::string text_;
  std::vector<std::string> words_;
};

}  // namespace freshet
