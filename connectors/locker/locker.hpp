#pragma once

#include <absl/container/flat_hash_map.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/locker/locked_event.hpp"
#include "core/observe/metrics.hpp"

namespace freshet {

struct locker_limits {
  std::size_t events = 1000;
  std::size_t bytes = 8u << 20;          // of all together
  std::size_t event_bytes = 256u << 10;  // of one; the rest of it is cut off
};

/// The events that a decoder or a rule choked on: kept to be looked at and taken again after a fix.
/// Nothing waits for them.
///
/// Shape:    within `locker_limits`; when it is full the oldest of those that are most alike (same
///           bus, reason and detail) gives way, so that one broken rule does not push out the rest.
/// Lifetime: outlives reloads; metrics and keeper outlive it.
/// Threads:  home loop only.
class locker {
 public:
  explicit locker(metrics& m, locker_limits limits = {}, locker_keeper* keeper = nullptr);
  locker(const locker&) = delete;

  /// `event.number`, `times`, `tries` are set here; `bytes` may be longer than is kept.
  void put(locked_event event, std::string_view bytes);
  /// What an earlier process left, oldest first. REQUIRES: nothing was put yet.
  void restore(std::vector<locked_event> events);

  const locked_event* find(std::uint64_t number) const;
  /// Takes it out; the caller puts it back with again() when it chokes once more.
  std::optional<locked_event> take(std::uint64_t number);
  void again(locked_event event);
  bool drop(std::uint64_t number);
  std::vector<std::uint64_t> numbers() const;  // oldest first

  std::size_t size() const { return events_.size(); }
  /// Heap and all.
  std::size_t bytes() const { return bytes_; }
  template <class F>
  void each(F&& f) const {
    for (const auto& [number, event] : events_) f(event);
  }

 private:
  struct group {
    std::string bus, why, detail;
    auto operator<=>(const group&) const = default;
  };
  using events = std::map<std::uint64_t, locked_event>;

  static group group_of(const locked_event& event);
  static std::uint64_t hash_of(const group& of, std::string_view topic, std::string_view bytes);
  static std::size_t cost_of(const locked_event& event);
  locked_event* same_as(const locked_event& event, std::string_view bytes);
  void insert(locked_event event);
  void remove(events::iterator at);
  void make_room();
  counter& counted(const locked_event& event);

  metrics& metrics_;
  locker_limits limits_;
  locker_keeper* keeper_;
  events events_;
  std::map<group, std::set<std::uint64_t>> groups_;         // their numbers
  absl::flat_hash_map<std::uint64_t, std::uint64_t> same_;  // hash -> the newest number
  std::map<std::pair<std::string, std::string>, counter*> counters_;
  counter& pushed_out_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace freshet
