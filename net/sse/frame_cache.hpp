#pragma once

#include <array>
#include <vector>

#include "net/sse/frame.hpp"
#include "store/change.hpp"

namespace freshet::sse {

/// Each change is encoded once and shared by all its readers.
///
/// Shape: direct-mapped by sequence, 512 places; given back whole when it holds more than 4 MiB. A
///        reader that comes so late that its frame was replaced has it encoded again.
class frame_cache {
 public:
  /// `inline_bytes` as in payload(); 0 = the event carries an address only.
  const frame_ptr& get(const change& c, std::uint64_t epoch, bool name_by_id,
                       std::size_t inline_bytes);

  std::size_t bytes() const { return bytes_; }
  std::uint64_t encoded() const { return encoded_; }

 private:
  static constexpr std::size_t places = 512;
  static constexpr std::size_t bytes_max = 4u << 20;
  struct place {
    sequence at = 0;
    std::array<frame_ptr, 2> frames;  // by kind, by path
  };
  void forget(place& p);

  std::vector<place> table_{places};
  std::size_t bytes_ = 0;
  std::uint64_t encoded_ = 0;
};

}  // namespace freshet::sse
