#pragma once

#include <cstddef>
#include <string_view>

#include "core/result.hpp"

namespace freshet::xmlrpc {

/// What an answer may cost before a parser sees it.
struct xml_limits {
  std::size_t bytes = 16u << 20;
  std::size_t depth = 220;  // 64 levels of JSON, each three elements, and the answer's own
  std::size_t elements = 2'000'000;
};

enum class xml_encoding { utf8, latin1 };

/// One pass over the bytes of an XML text, without building anything: sizes, depth, and that there
/// is nothing in it that could grow: no DOCTYPE, no entity but the five and characters by number,
/// no processing instruction but the XML declaration.
///
/// Errors: out_of_range (a limit), malformed (what is forbidden, or does not end). Well-formedness
///         is the parser's to judge.
/// Source: XML 1.0, sections 2.4 to 2.8 and 4.6.
result<xml_encoding> scan_xml(std::string_view text, const xml_limits& limits);

}  // namespace freshet::xmlrpc
