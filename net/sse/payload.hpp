#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/change.hpp"

namespace freshet::sse {

/// A page as it is now, for `resync`.
struct page_state {
  std::string etag;  // 32 hex digits; "" = not built
  sequence version = 0;
};

/// The data of a reload or delete: one line of JSON. `inline_bytes` > 0 adds the body as `"data"`
/// when it is not longer than that.
std::string payload(const change& c, std::size_t inline_bytes = 0);

/// The data of a resync: `{"pages":[{"@id","etag","version"}...]}`, or `{"pages":null}`.
struct named_state {
  std::string_view path;
  page_state state;
};
std::string resync_payload(std::span<const named_state> pages);
std::string_view resync_payload_unknown();

/// Appends `text` as a JSON string; bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

}  // namespace freshet::sse
