#include "connectors/upstream/search/search_question.hpp"

#include <algorithm>

#include "core/text/clipped.hpp"

namespace freshet {
namespace {

constexpr std::string_view white = " \t\r\n\f\v";

/// FTS5's tokenizer finds something in it.
bool has_word(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

void append_phrase(std::string& out, std::string_view word) {
  out += out.empty() ? "\"" : " \"";
  for (const char c : word) out += c == '"' ? "\"\"" : std::string(1, c);
  out += '"';
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

search_question search_question::of(std::string_view text) {
  search_question out;
  text = clipped(text, bytes_max);
  std::size_t words = 0;
  for (std::size_t at = text.find_first_not_of(white); at != std::string_view::npos;
       at = text.find_first_not_of(white, at)) {
    const auto end = std::min(text.find_first_of(white, at), text.size());
    auto word = std::string(text.substr(at, end - at));
    std::erase(word, '\0');
    at = end;
    if (!out.folded.empty()) out.folded += ' ';
    out.folded += fold(word);
    if (words < words_max && has_word(word)) {
      append_phrase(out.words, word);
      ++words;
    }
  }
  if (!out.words.empty()) out.words += " *";
  return out;
}

}  // namespace freshet
