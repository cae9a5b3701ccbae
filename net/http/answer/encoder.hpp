#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/answer/accept_encoding.hpp"

namespace freshet::http {

/// The body in a coding, made once per version.
///
/// Shape:   gzip level 6, brotli quality 5 (text mode): above it a version costs more than it
///          saves. Nothing under 256 bytes, or when it does not shrink.
/// Threads: any; no state. Bodies over 64 KiB belong on the worker, not on a loop.
std::optional<std::string> encode(std::string_view body, coding c);

inline constexpr std::size_t encoded_min = 256;

}  // namespace freshet::http
