#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet {

/// `org.fedoraproject.*.bodhi.#`: words split at `.`, case-sensitive, the whole topic; `*` is
/// exactly one non-empty word, `#` zero or more words, anywhere.
///
/// Shape:  at most 64 words, 255 bytes... the same as AMQP's routing keys.
/// Errors: malformed (empty), out_of_range.
class topic_pattern {
 public:
  static result<topic_pattern> parse(std::string_view text);

  bool matches(std::string_view topic) const;  // the slow reference; the trie is for many patterns
  const std::string& text() const { return text_; }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::string text_;
  std::vector<std::string> words_;
};

}  // namespace freshet
