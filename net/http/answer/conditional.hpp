#pragma once

#include <string_view>

namespace freshet::http {

/// Whether If-None-Match names this version: weak comparison, and any encoding of it counts, since
/// the hex part is the hash of the content. `"*"` matches whatever exists.
///
/// Shape: `etag` = 32 hex digits. A list that does not parse matches nothing: a full answer is
///        never wrong.
bool if_none_match(std::string_view field, std::string_view etag);

}  // namespace freshet::http
