#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/sse/frame.hpp"
#include "net/sse/watch_index.hpp"
#include "store/change.hpp"

namespace freshet::sse {

/// The frames that lie ahead of a subscriber, one behind the other, so that they leave in one
/// write. Whoever watches the same and was told the same gets the same bundle.
///
/// Shape:    at most `frames_max` frames, and none is added to 16 KiB. It leads from `told` to
///           `seen`, or to its last frame when it is full.
/// Lifetime: its memory, less than 32 KiB, is used again by the next one.
struct bundle {
  static constexpr std::size_t frames_max = 64;
  static constexpr std::size_t bytes_enough = 16 * 1024;

  struct part {
    frame_ptr bytes;
    change_ptr what;
  };

  const audience* of = nullptr;
  bool name_by_id = false;
  sequence told = 0;
  sequence seen = 0;
  std::vector<part> parts;

  bool fits(const subscriber& s) const {
    return of == s.of && told == s.told && name_by_id == s.name_by_id;
  }
  void begin(const subscriber& s, sequence until);
  void clear();
  void add(const frame_ptr& bytes, const change_ptr& what);
  bool full() const { return parts.size() == frames_max || size_ >= bytes_enough; }
  /// All parts; until the next begin() or add().
  std::string_view bytes() const;

 private:
  std::size_t size_ = 0;
  std::string joined_;  // from the second part on
};

}  // namespace freshet::sse
