#pragma once

#include "net/http/head/request_head.hpp"

namespace freshet::http {

enum class scanned : std::uint8_t {
  taken,      // `out` is complete
  need_more,  // no empty line yet
  not_mine,   // not the plain GET: ask the gate
};

/// The plain GET of browsers, proxies and load tools, read in place without an allocation.
///
/// Shape:    takes `GET SP /path SP HTTP/1.1`, known field names, each singular one once, values of
///           printable ASCII, one simple Host, Connection absent, keep-alive or close. All else,
///           right or wrong, is not_mine: the scanner never refuses, so what it takes the gate
///           takes too with the same fields (a property test holds them together).
/// Lifetime: `out` points into `buffer`.
/// Threads:  any; no state. `searched` = bytes of `buffer` already looked through for the empty
///           line.
scanned scan(std::string_view buffer, std::size_t searched, const head_limits& limits,
             request_head& out);

}  // namespace freshet::http
