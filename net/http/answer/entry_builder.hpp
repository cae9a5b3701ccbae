#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "net/http/answer/accept_encoding.hpp"
#include "store/entry.hpp"

namespace freshet::http {

/// Everything a version and its head depend on, but for the path.
struct entry_source {
  std::string_view body;
  std::string_view type = "application/json";
  std::string_view base = {};  // what stands before paths that are given out
  std::string_view cache_control = "no-cache";
  std::uint16_t status = 200;
  sequence version = 0;
  wall_time modified = {};
  std::optional<std::array<char, 32>> etag = {};  // of the body, when it is known already
};

/// 32 lower-case hex digits of XXH3-128.
std::array<char, 32> content_etag(std::string_view body);

/// One version with its body as it is.
boost::intrusive_ptr<entry> build_entry(const entry_source& source);

/// The entry's body in a coding; null when it is not worth it. Any thread.
std::unique_ptr<const representation> make_encoding(const entry& e, coding c);

/// Adds one coding of the body when it is worth it; false when it is not, or it is there already.
/// REQUIRES: called by the one thread that may (home, or the worker on its behalf).
bool add_encoding(entry& e, coding c);

}  // namespace freshet::http
