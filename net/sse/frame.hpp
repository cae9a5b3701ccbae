#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "net/sse/event_id.hpp"

namespace freshet::sse {

/// An encoded frame, shared by all its readers.
using frame_ptr = std::shared_ptr<const std::string>;

/// What one frame says before it is encoded.
///
/// Shape:    `event` is reload, delete, resync, bye, or the canonical path of a page (name=id).
/// Lifetime: a view; only for the call.
struct frame {
  std::optional<event_id> id;
  std::string_view event;
  std::string_view data;
};

/// The one encoder of event streams: what comes from outside cannot begin a line of its own.
///
/// Shape:  data is split at CR, LF and CRLF, so a reader sees each of them as LF.
/// Errors: malformed: NUL in the data, or a name that is not of the fixed set and not a path.
/// Source: newline injection through `event`, `id` and bare CR is the classic bug of SSE servers.
result<std::string> encode(const frame& f);

/// A comment with the position: keeps proxies awake, and a reader whose pages are quiet still
/// resumes near the end of the log. By the standard a block without data moves the last id and
/// fires nothing.
std::string encode_heartbeat(event_id told);

/// The first bytes: how soon to come back, and from where. No position before a resync was read: a
/// reader cut between the two must ask for it again.
std::string encode_hello(std::int64_t retry_ms, std::optional<event_id> told);

}  // namespace freshet::sse
