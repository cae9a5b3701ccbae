#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// The bytes of a base64 text in one of the two forms that fedmsg has: lines of 76 characters, each
/// ended by a line feed, or one line without any. Nothing in any other form, and nothing for a text
/// whose last characters carry bits that mean nothing: two texts never give the same bytes in the
/// same form.
std::optional<std::string> base64_bytes(std::string_view text);

}  // namespace freshet
