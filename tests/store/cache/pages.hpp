#pragma once

#include <fmt/format.h>

#include <string>

#include "store/entry.hpp"

namespace freshet::test {

/// A version whose parts all say which one it is, so that a torn or mixed read is seen.
inline shown_page make_view(sequence version, std::size_t body_bytes = 64,
                            std::string fragment = {}) {
  auto made = entry::make(std::string(body_bytes, static_cast<char>('a' + version % 26)));
  made->version = version;
  fmt::format_to_n(made->etag.begin(), 32, "{:032x}", version);
  return {std::move(fragment), std::move(made)};
}

inline std::string path_of(std::size_t n) { return fmt::format("/packages/p{}.json", n); }

}  // namespace freshet::test
