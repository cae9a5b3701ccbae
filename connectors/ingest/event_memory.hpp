#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/ingest/event_sights.hpp"
#include "core/clock.hpp"

namespace freshet {

/// What one event did, for people who ask why a page did or did not change.
struct event_record {
  static constexpr std::size_t paths_max = 20;
  static constexpr std::size_t path_bytes_max = 2048;
  static constexpr std::size_t rules_max = 32;
  static constexpr std::size_t tags_bytes_max = 256;

  std::string id;
  std::string topic;
  std::size_t bus = 0;
  wall_time time{};  // as the message says; the epoch when it says nothing
  wall_time received{};
  std::vector<std::uint32_t> rules;  // that matched, at most rules_max
  std::size_t pages = 0;             // marked
  std::size_t created = 0;           // of them made known by this event
  std::vector<std::string> paths;    // some of them
  bool wide = false;                 // more pages than are named one by one
  std::size_t failed = 0;            // hits that could not be carried out
  std::uint64_t mark = 0;       // its first: what it marked and whose `have` is not below shows it
  std::string tags{};           // `package=guake,vim branch=f41`, clipped
  event_sights::notes notes{};  // of rules that gave no page
  std::uint8_t noted = 0;       // so many of them
  bool locked = false;          // it went to the locker

  std::size_t bytes() const;
};

/// The newest events that had an id; oldest out.
///
/// Shape:   at most `most` records and about `bytes_max` bytes. find() scans: it is asked by
/// people. Threads: home loop only.
class event_memory {
 public:
  explicit event_memory(std::size_t most = 10'000, std::size_t bytes_max = 8u << 20)
      : most_(most), bytes_max_(bytes_max) {}

  void keep(event_record record);
  /// All that are known by this id, the newest first: ids are shared by different messages in the
  /// wild. Valid until the next keep().
  std::vector<const event_record*> find(std::string_view id) const;
  /// All of them, the oldest first.
  template <class F>
  void each(F&& f) const {
    for (const auto& record : records_) f(record);
  }
  std::size_t size() const { return records_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t most_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<event_record> records_;  // the oldest first
};

}  // namespace freshet
