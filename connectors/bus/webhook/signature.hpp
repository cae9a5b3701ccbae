#pragma once

#include <string_view>

namespace freshet {

/// Whether `told`, 64 hex digits with or without `sha256=` before them, is the HMAC-SHA256 of the
/// body as it came. What is right is compared in constant time; an empty secret signs nothing.
///
/// Source: RFC 2104; GitHub's X-Hub-Signature-256 has the prefix, Pagure's has none.
bool signed_with(std::string_view secret, std::string_view body, std::string_view told);

/// Whether an Authorization field is `Bearer ` and the secret.
bool bears(std::string_view secret, std::string_view authorization);

}  // namespace freshet
