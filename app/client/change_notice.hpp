#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/client/event_stream.hpp"
#include "core/clock.hpp"

namespace freshet::app {

/// What one event of the server's stream says.
///
/// Shape:    `path` is empty for what is about no single page (resync, bye, what we do not know).
///           `pages` is what a resync named, absent when it says "refetch what you show".
struct change_notice {
  std::string name;  // reload | delete | resync | bye | the page's path (name=id) | ...
  std::string id;
  std::string path, etag, cause, event;
  std::uint64_t version = 0;
  std::optional<std::vector<std::string>> pages;
  std::string data;  // as it came

  static change_notice read(stream_event from);
  /// One line for people.
  std::string text(wall_time now) const;
  /// One line of JSON: `{"name","id","data"}`; data that is not JSON is a string.
  std::string json() const;
};

}  // namespace freshet::app
