/// A path, then patterns, one a line: a pattern says what a table of all possibilities says, and
/// two patterns that match the same path meet.
#include "net/sse/url_pattern.hpp"

#include <string>
#include <vector>

#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

struct token {
  char byte;        // a literal, or
  bool name, rest;  // `:x`, `*`
};

std::vector<token> tokens_of(std::string_view pattern) {
  std::vector<token> out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out.push_back({pattern[i], pattern[i] == ':', pattern[i] == '*'});
    const auto name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    };
    while (out.back().name && i + 1 < pattern.size() && name(pattern[i + 1])) ++i;
  }
  return out;
}

bool naive(const std::vector<token>& tokens, std::string_view path) {
  const auto rows = tokens.size(), columns = path.size();
  std::vector<std::vector<bool>> fits(rows + 1, std::vector<bool>(columns + 1));
  fits[rows][columns] = true;
  for (auto p = rows; p-- > 0;) {
    for (auto t = columns + 1; t-- > 0;) {
      const auto& step = tokens[p];
      const bool more = t < columns;
      if (step.rest) {
        fits[p][t] = fits[p + 1][t] || (more && fits[p][t + 1]);
      } else if (step.name) {
        fits[p][t] = more && path[t] != '/' && (fits[p + 1][t + 1] || fits[p][t + 1]);
      } else {
        fits[p][t] = more && path[t] == step.byte && fits[p + 1][t + 1];
      }
    }
  }
  return fits[0][0];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto path = in.line();
  const auto without_query = path.substr(0, path.find('?'));
  std::vector<sse::url_pattern> matching;
  for (int n = 0; n < 8 && !in.done(); ++n) {
    const auto text = in.line();
    const auto pattern = sse::url_pattern::parse(text);
    if (!pattern) continue;
    require(pattern->text() == text, "a pattern keeps its text");
    const bool fits = naive(tokens_of(text), without_query);
    require(pattern->matches(path) == fits, "matches");
    require(pattern->meets(*pattern), "a pattern meets itself");
    if (fits) matching.push_back(*pattern);
  }
  for (const auto& one : matching) {
    for (const auto& other : matching) require(one.meets(other), "both match this path");
  }
  return 0;
}
