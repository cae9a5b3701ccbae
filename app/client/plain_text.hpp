#pragma once

#include <string>
#include <string_view>

namespace freshet::app {

/// `text` on one line and without a byte that a terminal would obey: controls (C0, DEL, C1) become
/// \xNN, bytes that are not UTF-8 become U+FFFD. Topics, ids and errors come from other people.
std::string printable(std::string_view text);

/// How many columns `text` takes, one a code point. REQUIRES: printable() text.
std::size_t columns(std::string_view text);

}  // namespace freshet::app
