#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/answer/accept_encoding.hpp"
#include "store/entry.hpp"

namespace freshet::http {

/// Everything a version's static head depends on.
struct entry_source {
  std::string body;
  std::string_view type = "application/json";
  std::string_view path;  // canonical: becomes Content-Location
  std::string_view cache_control = "no-cache";
  std::uint16_t status = 200;
  sequence version = 0;
  wall_time modified;
  std::optional<std::array<char, 32>> etag = {};  // of the body, when it is known already
};

/// 32 lower-case hex digits of XXH3-128.
std::array<char, 32> content_etag(std::string_view body);

/// One version with its identity representation.
///
/// Shape: the head's lines stand in an order that answers rely on: first what describes the bytes
///        (Content-Type, Content-Encoding, Content-Length), from `ETag: ` on what a 304 repeats.
boost::intrusive_ptr<entry> build_entry(entry_source source);

/// The entry's body in a coding, with its head; null when it is not worth it. Any thread.
std::unique_ptr<const representation> make_encoding(const entry& e, coding c);

/// Adds one coding of the body when it is worth it; false when it is not, or it is there already.
/// REQUIRES: called by the one thread that may (home, or the worker on its behalf).
bool add_encoding(entry& e, coding c);

/// The part of a representation's head that goes with a 304.
std::string_view validators(const representation& r);

}  // namespace freshet::http
