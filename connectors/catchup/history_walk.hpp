#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "connectors/catchup/history_source.hpp"

namespace freshet {

/// What a history may say that is not true; each is counted, none stops the walk at once.
enum class history_lie : std::uint8_t {
  order,     // messages stand in another order than the one asked for
  outside,   // messages of a time that was not asked for
  promised,  // fewer pages than it said there are
  more,      // more pages than it said there are
  repeated,  // a page again under the next number
  too_many,  // more messages on a page than were asked for
};
inline constexpr std::size_t history_lies = 6;
std::string_view name_of(history_lie lie);

/// What was found on a page.
struct page_facts {
  std::size_t rows = 0;      // of its array
  std::size_t messages = 0;  // that could be read
  std::size_t outside = 0;   // of those: with a time outside of the window
  bool in_order = true;
  std::optional<wall_time> newest{};
  std::optional<std::uint64_t> pages{};  // the claim
  std::uint64_t mark = 0;
};

/// Walks a window of a bus' past, page by page, whatever the other side answers.
///
/// Shape:    pure. Ends after `pages_max` questions or `messages_max` messages. A question that
///           fails is asked again, after up to a minute (full jitter), without an end: who owns the
///           walk ends it. A page that is too large is asked for in smaller ones.
/// Threads:  the owner's only; `now` never goes back.
class history_walk {
 public:
  struct limits {
    std::uint64_t pages_max = 20'000;
    std::uint64_t messages_max = 1u << 20;
    unsigned doubts_max = 3;  // pages in a row that make no sense
  };
  enum class end : std::uint8_t {
    none,
    whole,      // everything that the history has of the window
    bounds,     // pages_max or messages_max
    senseless,  // it repeats itself, has nothing of the window, or breaks its promises
    too_large,  // one message does not fit into an answer
  };

  history_walk(wall_time from, wall_time to) : history_walk(from, to, limits()) {}
  history_walk(wall_time from, wall_time to, limits most);

  /// The next question; not before `not_before()`. REQUIRES: !ended().
  history_question question() const;
  mono_time not_before() const { return not_before_; }
  void answered(const page_facts& page, mono_time now);
  /// `random` is uniform over all values.
  void failed(const error& why, std::uint64_t random, mono_time now);

  bool ended() const { return end_ != end::none; }
  end how() const { return end_; }
  wall_time from() const { return from_; }
  wall_time to() const { return to_; }
  /// Everything older was seen, as far as the history's order can be believed.
  wall_time reached() const { return reached_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t pages() const { return asked_; }
  unsigned failures() const { return failures_; }  // in a row
  std::uint64_t lies(history_lie which) const { return lies_[static_cast<std::size_t>(which)]; }

 private:
  void count(history_lie which) { ++lies_[static_cast<std::size_t>(which)]; }
  /// Something that no honest history says. True when it was said often enough.
  bool doubt(history_lie which);
  void reach(const page_facts& page);
  void empty(const page_facts& page, mono_time now);
  void finish();

  wall_time from_, to_, reached_;
  limits most_;
  std::uint64_t page_ = 1;
  std::uint32_t rows_;
  std::uint64_t asked_ = 0;
  std::uint64_t messages_ = 0;
  unsigned failures_ = 0;
  unsigned doubts_ = 0;
  std::uint64_t last_mark_ = 0;
  std::optional<std::uint64_t> claimed_;  // pages, by the last answer
  bool orderly_ = true;
  mono_time not_before_{};
  end end_ = end::none;
  std::array<std::uint64_t, history_lies> lies_{};
};

std::string_view name_of(history_walk::end how);

}  // namespace freshet
