/// A pattern, then a text: the glob says what a table of all possibilities says, and takes the part
/// that leftmost-longest takes.
#include "core/select/glob.hpp"

#include "core/select/condition.hpp"
#include "fuzz/support/target.hpp"

namespace {

/// The pattern as single bytes and wildcards, with whether a wildcard is the taking one.
struct token {
  char byte = 0;
  bool wild = false;
  bool takes = false;
};

std::vector<token> tokens_of(std::string_view pattern) {
  std::vector<token> out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool takes = pattern[i] == '{' && i + 1 < pattern.size() && pattern[i + 1] == '}';
    out.push_back({pattern[i], takes || pattern[i] == '*', takes});
    if (takes) ++i;
  }
  return out;
}

struct answer {
  bool fits = false;
  std::string_view taken;
};

answer naive(std::string_view pattern, std::string_view text) {
  const auto tokens = tokens_of(pattern);
  const auto rows = tokens.size(), columns = text.size();
  std::vector<std::vector<bool>> fits(rows + 1, std::vector<bool>(columns + 1));
  fits[rows][columns] = true;
  for (auto p = rows; p-- > 0;) {
    for (auto t = columns + 1; t-- > 0;) {
      if (tokens[p].wild) {
        fits[p][t] = fits[p + 1][t] || (t < columns && fits[p][t + 1]);
      } else {
        fits[p][t] = t < columns && text[t] == tokens[p].byte && fits[p + 1][t + 1];
      }
    }
  }
  if (!fits[0][0]) return {};
  answer out{true, text};
  std::size_t t = 0;
  for (std::size_t p = 0; p < rows; ++p) {
    if (!tokens[p].wild) {
      ++t;
      continue;
    }
    auto end = columns;  // the longest that leaves a way for the rest
    while (!fits[p + 1][end]) --end;
    if (tokens[p].takes) out.taken = text.substr(t, end - t);
    t = end;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  fuzz::input in(data, size);
  const auto pattern = in.line();
  const auto text = in.rest().substr(0, 512);
  const auto parsed = glob::parse(pattern);
  if (!parsed) {
    const bool two = pattern.find("{}") != pattern.rfind("{}");
    fuzz::require(two || pattern.size() > glob::bytes_max, "only a second {} and length are wrong");
    return 0;
  }
  const auto expected = naive(pattern, text);
  fuzz::require(parsed->matches(text) == expected.fits, "matches");
  const auto taken = parsed->take(text);
  fuzz::require(taken.has_value() == expected.fits, "takes when it matches");
  fuzz::require(!taken || (*taken == expected.taken && taken->data() >= text.data()), "takes what");

  const auto like = condition::like(*parsed);
  const auto unlike = condition::negate(like);
  fuzz::require(like.holds(true, {text}) == expected.fits, "a condition is its glob");
  fuzz::require(unlike.holds(true, {text}) != expected.fits, "not is not");
  fuzz::require(!like.holds(false, {}), "nothing is like nothing");
  return 0;
}
