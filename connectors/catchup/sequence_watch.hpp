#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/select/event.hpp"

namespace freshet {

/// Numbers that did not come.
struct sequence_hole {
  std::string publisher;  // as people know it: the topic's first words, and the user
  std::uint64_t first = 0, last = 0;
  mono_time since{};  // when the number before the hole came
};

/// Holes in fedmsg's `i`: each publishing thread counts its messages from 1, and says neither which
/// thread nor which process it is.
///
/// Shape:    pure. A publisher is told by certificate or user and by the topic's first four words;
///           within it several counts may be under way (threads, restarts), so a number goes on
///           with the count it fits. A count must have been seen without a hole for `trusted_after`
///           numbers before a jump of at most `jump_max` is one; a smaller number is a new count.
///           Numbers that come within `patience` close their hole: gateways overtake each other.
///           Whose numbers jump more often than once in 10 (because we subscribed to a part of its
///           topics only) is judged no more. At most 1024 publishers, the longest silent out.
/// Threads:  the owner's only; `now` never goes back.
/// Source:   fedmsg counts per context, which is per thread.
class sequence_watch {
 public:
  static constexpr unsigned trusted_after = 4;
  static constexpr std::uint64_t jump_max = 1000;
  static constexpr std::size_t publishers_max = 1024;
  static constexpr std::size_t counts_max = 8;
  static constexpr std::size_t holes_max = 256;
  static constexpr std::chrono::seconds patience{2};

  /// A message. `again`: it came before, or out of a history: its number closes holes and goes on
  /// with a count, but is never a jump.
  void heard(const event& e, mono_time now, bool again = false);
  /// Holes that are open for longer than `patience`; each is told once.
  std::vector<sequence_hole> due(mono_time now);
  /// The numbers begin anew for all: after a gap of another kind jumps are no news.
  void forget_counts();

  std::size_t publishers() const { return publishers_.size(); }
  /// Those that are judged no more.
  std::size_t unjudged() const { return unjudged_; }

 private:
  struct count {
    std::uint64_t last = 0;
    unsigned seen = 0;  // in a row
    mono_time at{};
  };
  struct hole {
    std::uint64_t first, last;
    mono_time since, noticed;
  };
  struct publisher {
    std::string name;
    std::vector<count> counts;
    std::vector<hole> holes;
    std::uint64_t messages = 0;
    std::uint64_t jumps = 0;
    bool judged = true;
    std::list<std::uint64_t>::iterator place;
  };

  publisher& find(const event& e);
  static bool fill(publisher& p, std::uint64_t i);
  void go_on(publisher& p, std::uint64_t i, bool again, mono_time now);
  void jump(publisher& p, count& c, std::uint64_t i, mono_time now);

  std::map<std::uint64_t, publisher> publishers_;
  std::list<std::uint64_t> order_;  // the longest silent first
  std::size_t holes_ = 0;
  std::size_t unjudged_ = 0;
};

/// fedmsg's `i`; nothing when the message has none.
std::optional<std::uint64_t> sequence_of(const event& e);

}  // namespace freshet
