#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "connectors/ingest/event_record.hpp"

namespace freshet {

/// The newest events that had an id; oldest out.
///
/// Shape:   packed one behind the other in chunks, of which the oldest goes when `least` newer ones
///          are there or more than `bytes_max` bytes: keeping an event allocates next to nothing
///          and reads no cold memory. The newest is always there. find() scans: people ask it.
/// Threads: home loop only.
class event_memory {
 public:
  static constexpr std::size_t chunk_bytes = 16 * 1024;

  explicit event_memory(std::size_t least = 10'000, std::size_t bytes_max = 8u << 20)
      : least_(least), bytes_max_(bytes_max) {}

  void keep(const event_record& record);
  /// All that are known by this id, the newest first: ids are shared by different messages in the
  /// wild.
  std::vector<event_record> find(std::string_view id) const;
  /// All of them, the oldest first.
  template <class F>
  void each(F&& f) const {
    each_packed([&](const char* record) { f(event_record::unpack(record)); });
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct chunk {
    explicit chunk(std::size_t bytes)
        : at(std::make_unique_for_overwrite<char[]>(bytes)), capacity(bytes) {}
    std::unique_ptr<char[]> at;
    std::size_t capacity;
    std::size_t used = 0;
    std::size_t records = 0;
  };

  template <class F>
  void each_packed(F&& f) const {
    for (const auto& c : chunks_)
      for (std::size_t at = 0; at < c.used; at += event_record::packed_bytes(&c.at[at]))
        f(&c.at[at]);
  }
  chunk& with_room_for(std::size_t bytes);

  std::size_t least_;
  std::size_t bytes_max_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;     // of all chunks
  std::deque<chunk> chunks_;  // the oldest first
};

}  // namespace freshet
