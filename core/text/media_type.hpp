#pragma once

#include <string_view>

namespace freshet {

/// Whether what has this media type is one JSON document: `application/json`, `text/json` and
/// whatever ends in `+json` (RFC 6839), with or without parameters. Lines of JSON are none.
bool is_json_type(std::string_view type);

}  // namespace freshet
