#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::xmlrpc {

/// The text of an XML-RPC number as JSON spells it: the digits stay as they are, and only what JSON
/// does not know is changed (`+1`, `007`, `.5`, `5.`). Nothing when it is no number.
///
/// Shape: `nan` and `inf`, which JSON cannot say, are `null` for doubles.
std::optional<std::string> json_integer(std::string_view text);
std::optional<std::string> json_double(std::string_view text);

/// Without white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace freshet::xmlrpc
