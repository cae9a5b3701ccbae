#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::xmlrpc {

/// The text of an XML-RPC number as JSON spells it: the digits stay as they are, and only what JSON
/// does not know is changed (`+1`, `007`, `.5`, `5.`). Nothing when it is no number.
///
/// Shape: doubles that JSON cannot say (`nan`, `inf`, `1e999`) are `null`; an integer beyond 64
///        bits is no integer.
std::optional<std::string> json_integer(std::string_view text);
std::optional<std::string> json_double(std::string_view text);

/// Without white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace freshet::xmlrpc
