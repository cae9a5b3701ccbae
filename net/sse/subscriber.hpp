#pragma once

#include <array>
#include <memory>
#include <optional>

#include "core/clock.hpp"
#include "net/sse/frame.hpp"
#include "net/sse/matcher.hpp"
#include "net/sse/stream.hpp"
#include "store/change.hpp"

namespace freshet::sse {

using subscriber_id = std::uint64_t;

/// One stream: what it watches, and one number, the sequence up to which it has been told.
///
/// Shape:    `told` counts only while `behind`; a subscriber that is not behind has been told all
/// that
///           the hub has seen. Frames the socket did not begin are forgotten and found again in the
///           log, so what waits is at most the tail of one frame, whatever happens.
/// Lifetime: owned by the hub.
/// Threads:  the hub's own loop.
struct subscriber {
  enum class sent : std::uint8_t { all, some, failed };
  static constexpr std::size_t batch = 16;

  subscriber_id id = 0;
  matcher watch;
  bool name_by_id = false;
  bool resync = false;   // before anything else
  bool behind = false;   // `told` is below what the hub has seen, or in its future
  bool queued = false;   // in the hub's list of those to be told
  bool blocked = false;  // the socket stopped taking bytes; on_writable comes
  sequence told = 0;
  std::unique_ptr<stream> out;
  frame_ptr tail;  // begun, not all taken
  std::size_t tail_at = 0;
  std::uint64_t written = 0;
  std::optional<mono_time> stalled_since;  // the frame that waits has waited since
  mono_time beat_at{};
  mono_time leave_at{};

  struct outgoing {
    std::array<frame_ptr, batch> frames;
    std::array<sequence, batch> at{};  // what `told` becomes once the frame was begun
    std::array<change_ptr, batch> what;
    std::size_t count = 0;
    bool full() const { return count == batch; }
    void add(frame_ptr f, const change_ptr& c) {
      frames[count] = std::move(f);
      what[count] = c;
      at[count++] = c->at;
    }
  };

  /// Writes the tail and then the batch in one call. Advances `told` over the frames that were
  /// begun.
  sent write(const outgoing& next, mono_time now);

  std::size_t pending_bytes() const { return tail ? tail->size() - tail_at : 0; }

 private:
  sent keep_tail(const outgoing& next, std::size_t taken, mono_time now);
};

}  // namespace freshet::sse
