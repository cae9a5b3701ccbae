#pragma once

#include <simdjson.h>

#include <array>
#include <string_view>

namespace freshet::json {

/// The text that a number had in its source. simdjson's DOM keeps a double's value only, so `1.10`
/// and `1.1` look the same; as a release or a version they are not. This walks tape and text side
/// by side and hands out the token at the same ordinal.
///
/// Shape:    give it the whole text that the document was parsed from. Asked in document order, all
///           answers together cost one pass; a step back starts over. Allocates nothing.
/// Lifetime: borrows text and document. Make one for each synchronous walk.
/// Threads:  one.
class number_source {
 public:
  number_source() = default;
  explicit number_source(std::string_view text) : text_(text) {}

  /// The token of a double; empty when the text is not the element's source (a token counts only if
  /// it has exactly the element's value).
  std::string_view token(simdjson::dom::element number);

 private:
  std::string_view next_double();

  std::string_view text_;
  std::size_t at_ = 0;  // into text_, behind the last token
  const simdjson::dom::document* document_ = nullptr;
  std::size_t tape_ = 1;  // into the tape, behind the last token's number
};

/// Long enough for every number that number_text() writes.
using number_buffer = std::array<char, 32>;

/// Integers exactly; doubles as their source has them, else the shortest text that reads back as
/// the same value, with `.0` if it would look like an integer. `-0` is `0`. Empty: not a number.
/// The text borrows from `buffer` or from the source.
std::string_view number_text(simdjson::dom::element number, number_source& source,
                             number_buffer& buffer);

}  // namespace freshet::json
