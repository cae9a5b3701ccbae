#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/ingest/event_sights.hpp"
#include "core/clock.hpp"

namespace freshet {

/// What one event did, as far as it has a fixed size.
struct event_facts {
  std::size_t bus = 0;
  wall_time time{};  // as the message says; the epoch when it says nothing
  wall_time received{};
  std::size_t pages = 0;        // marked
  std::size_t created = 0;      // of them made known by this event
  std::size_t failed = 0;       // hits that could not be carried out
  std::uint64_t mark = 0;       // its first: what it marked and whose `have` is not below shows it
  event_sights::notes notes{};  // of rules that gave no page
  std::uint8_t noted = 0;       // so many of them
  bool wide = false;            // more pages than are named one by one
  bool locked = false;          // it went to the locker
};

/// What one event did, for people who ask why a page did or did not change.
///
/// Shape: packed it is one run of bytes: how many, the id, the facts, the rest; a text stands
///        behind its length.
struct event_record : event_facts {
  static constexpr std::size_t paths_max = 20;
  static constexpr std::size_t path_bytes_max = 2048;
  static constexpr std::size_t rules_max = 32;
  static constexpr std::size_t tags_bytes_max = 256;

  std::string id;
  std::string topic;
  std::string tags;                  // `package=guake,vim branch=f41`, clipped
  std::vector<std::uint32_t> rules;  // that matched, at most rules_max
  std::vector<std::string> paths;    // some of the pages

  /// As new, but what its texts took is there for the next one.
  void clear();

  std::size_t packed_bytes() const;
  /// Writes packed_bytes() bytes.
  void pack(char* to) const;
  static std::size_t packed_bytes(const char* from);
  static std::string_view packed_id(const char* from);
  static event_record unpack(const char* from);
};

}  // namespace freshet
