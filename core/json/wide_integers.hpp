#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::json {

/// The next number token of a JSON text from `at` on, which then stands behind it; "" = no more.
std::string_view next_number(std::string_view text, std::size_t& at);

/// Whether a number token is an integer without a place in 64 bits.
bool is_wide_integer(std::string_view token);

/// JSON has integers of any length, and simdjson refuses those that 64 bits do not hold. Writes the
/// text with `e0` behind each of them: then they are doubles, and number_source still finds the
/// digits that came in the text that came. For texts whose numbers are read with it only: a double
/// that is written anew has other digits.
///
/// Errors: false when there is none. What is no JSON stays none.
bool widen_integers(std::string_view text, std::string& out);

}  // namespace freshet::json
