#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet {

/// Which bytes stay as they are; every other one becomes %XX with upper-case digits.
enum class percent_set : std::uint8_t {
  unreserved,       // letters, digits, - . _ ~: what goes into somebody else's URL, path or query
  canonical,        // and !$&'()*+,:@ : the path of our own canonical spelling
  canonical_query,  // the same without & and +, which separate pairs and stand for a space there
};

/// Appends `text` to `out`, encoded.
void percent_encode(std::string_view text, percent_set kept, std::string& out);
std::string percent_encode(std::string_view text, percent_set kept);

enum class plus_sign : std::uint8_t {
  literal,
  space
};  // space: as forms and URLSearchParams write

/// Replaces `out` by the bytes that `text` stands for. Any byte may come out, NUL and `/` too: the
/// caller judges them after decoding, once.
/// Errors: false when a % is not followed by two hex digits; `out` is then unspecified.
bool percent_decode(std::string_view text, plus_sign plus, std::string& out);
/// Errors: malformed.
result<std::string> percent_decode(std::string_view text, plus_sign plus = plus_sign::literal);

/// True for valid UTF-8 without NUL, C0 and C1 control characters and DEL: what may stand in a key.
bool is_plain_text(std::string_view text);

}  // namespace freshet
