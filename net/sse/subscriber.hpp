#pragma once

#include <memory>

#include "core/clock.hpp"
#include "net/sse/frame.hpp"
#include "net/sse/stream.hpp"
#include "store/change.hpp"

namespace freshet::sse {

using subscriber_id = std::uint64_t;
struct audience;

/// One stream: what it watches, and one number, the sequence up to which it has been told.
///
/// Shape:    `told` counts only while `behind`; a subscriber that is not behind has been told all
///           that the hub has seen. Frames the socket did not begin are forgotten and found again
///           in the log, so what waits is at most the tail of one frame, whatever happens.
/// Lifetime: owned by the hub.
/// Threads:  the hub's own loop.
struct subscriber {
  subscriber_id id = 0;
  audience* of = nullptr;   // who watches the same
  std::uint32_t place = 0;  // in it
  bool name_by_id = false;
  bool resync = false;   // before anything else
  bool behind = false;   // `told` is below what the hub has seen, or in its future
  bool queued = false;   // in the hub's list of those to be told
  bool blocked = false;  // the socket stopped taking bytes; on_writable comes
  sequence told = 0;
  std::unique_ptr<stream> out;
  frame_ptr tail;  // begun, not all taken
  std::size_t tail_at = 0;
  mono_time stalled_since = mono_time::max();  // the frame that waits has waited since
  mono_time beat_at{};
  mono_time leave_at{};

  std::size_t pending_bytes() const { return tail ? tail->size() - tail_at : 0; }
  /// The socket took less than everything: nothing is written until it takes bytes again.
  void block(mono_time now);
};

}  // namespace freshet::sse
