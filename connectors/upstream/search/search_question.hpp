#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet {

/// What somebody looks for, in the forms that the index asks in.
///
/// Shape:  `folded`: ASCII letters lower, white space around it gone, each run of it one space.
///         `words`: an FTS5 expression: every word quoted, the last one a prefix, so that no
///         character of the question means anything to FTS5; empty when it holds no word.
struct search_question {
  std::string folded;
  std::string words;
  std::size_t rows = 20;
  std::size_t page = 1;

  static constexpr std::size_t bytes_max = 1024;
  static constexpr std::size_t words_max = 16;
  static search_question of(std::string_view text);
};

/// ASCII letters lower; the rest as it is.
std::string fold(std::string_view text);

}  // namespace freshet
