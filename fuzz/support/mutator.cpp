#include "fuzz/support/mutator.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace freshet::fuzz {

mutator::mutator(std::vector<std::string> seeds, std::uint64_t seed)
    : seeds_(std::move(seeds)), random_(seed) {
  if (seeds_.empty()) seeds_.emplace_back();
}

/// Bytes on which decoders decide more often than on others.
char mutator::odd_byte() {
  static constexpr char bytes[] =
      "\0\x01\t\n\r !\"#$%&'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~"
      "\x7f\x80\xbf\xc2\xe2\xed\xf0\xff";
  static constexpr std::string_view odd(bytes, sizeof bytes - 1);
  return below(4) == 0 ? static_cast<char>(below(256)) : odd[below(odd.size())];
}

std::string mutator::piece_of(const std::string& text) {
  if (text.empty()) return {};
  const auto at = below(text.size());
  return text.substr(at, 1 + below(std::min<std::size_t>(text.size() - at, 24)));
}

void mutator::spoil(std::string& text) {
  const auto at = below(text.size() + 1);
  const auto inside = text.empty() ? 0 : below(text.size());
  switch (below(8)) {
    case 0:
      if (!text.empty()) text[inside] = odd_byte();
      break;
    case 1:
      if (!text.empty()) text[inside] = static_cast<char>(text[inside] ^ (1 << below(8)));
      break;
    case 2:
      text.insert(at, 1, odd_byte());
      break;
    case 3:
      if (!text.empty()) text.erase(inside, 1 + below(8));
      break;
    case 4:
      text.insert(at, piece_of(text));
      break;
    case 5:
      text.insert(at, piece_of(pick()));
      break;
    case 6:
      text.replace(at, text.npos, piece_of(pick()));
      break;
    default:
      text.insert(at, 1 + below(64), odd_byte());
  }
  if (text.size() > bytes_max) text.resize(bytes_max);
}

std::string mutator::next() {
  std::string text = pick();
  for (auto n = 1 + below(5); n > 0; --n) spoil(text);
  return text;
}

}  // namespace freshet::fuzz
