#pragma once

#include <array>
#include <string>

#include "connectors/bus/bus.hpp"
#include "connectors/catchup/catch_up.hpp"
#include "connectors/catchup/sequence_watch.hpp"
#include "connectors/catchup/topic_silence.hpp"
#include "core/async/task_scope.hpp"

namespace freshet {

/// Sees to it that no message of one bus is missed unnoticed: finds the gaps, has them closed out
/// of the bus' history, and says which could not be.
///
/// Shape:    gaps that are found while one is being closed become one. A bus that keeps its own
///           place (a file) has none; its silence is still seen.
/// Lifetime: settings, clock, bus and what the hooks name outlive it; its tasks run in the scope
///           given, which is closed before it dies.
/// Threads:  home loop only.
class stream_keeper {
 public:
  /// A dead connection may go unseen for so long (heartbeats, and the time to miss them).
  static constexpr std::chrono::seconds unseen_death{45};
  /// From a gap's discovery to its end in time: a subscription needs a moment to arrive.
  static constexpr std::chrono::seconds settle{1};
  /// The history of a bus that is down is asked so often.
  static constexpr std::chrono::minutes ask_while_down{2};

  struct hooks {
    /// A message of the past; true when it had not come before.
    std::function<bool(const event&)> apply;
    /// A gap that nothing closes: the pages that the bus concerns are in doubt.
    std::function<void(gap_cause)> doubt;
    /// True: messages may have been missed by now, and it is being found out; again and again while
    /// that goes on. False: it is known. May be empty.
    std::function<void(bool)> suspect = {};
  };
  struct environment {
    boost::asio::io_context::executor_type ex;
    const clock& time;
    metrics& counts;
    task_scope& tasks;
    std::uint64_t seed = 1;
  };

  /// `history` may be null: then no gap is ever closed.
  stream_keeper(const environment& with, const config::bus_settings& settings, bus& source,
                std::unique_ptr<history_source> history, hooks h);
  stream_keeper(const stream_keeper&) = delete;

  /// A live message; `again`: it had come before.
  void heard(const event& e, bool again);
  /// About every second.
  void tick();

  /// For whoever keeps it for another run: the bus' own position; of a bus that may lose messages,
  /// until when the stream is known whole if it has a history, then a space and its own position
  /// if it has one. "" = none of all that.
  std::string position() const;
  /// Before the first tick(), and before the bus runs: nothing that the bus, or its history, still
  /// has is missed from there on. False: nothing is known of what came before now.
  bool resume(std::string_view position);

  /// It is not known yet whether messages were missed.
  bool suspects() const { return suspects_; }
  stream_report report() const;

 private:
  struct gap {
    gap_cause why;
    mono_time since;
    mono_time noticed;
  };

  void look_at_connections(mono_time now);
  void look_at_silence(mono_time now);
  void look_at_numbers(mono_time now);
  void look_at_the_missing(mono_time now);
  void note(gap_cause why, mono_time since, mono_time now);
  void begin(const gap& g, mono_time now);
  void give_up(const gap& g, std::string why);
  void suspect(bool that);
  bool go_on_failing(const error& why);
  asio::awaitable<void> close(gap g);
  asio::awaitable<void> look_again(mono_time since);
  std::string whole_until_text() const;
  wall_time wall_of(mono_time at) const;
  stream_report::gap shown(const gap& g) const { return {g.why, wall_of(g.since)}; }

  environment with_;
  const config::bus_settings& settings_;
  bus& source_;
  hooks hooks_;
  topic_silence silence_;
  sequence_watch numbers_;
  std::unique_ptr<catch_up> past_;  // null: there is no history
  std::uint64_t connections_ = 0;
  bool was_up_ = false;
  mono_time alive_until_;  // every publisher was connected then
  mono_time whole_until_;  // the end of the last gap that was seen to
  std::optional<gap> waiting_;
  std::optional<gap> closing_;
  bool busy_ = false;     // a walk through the past is up
  bool failing_ = false;  // it gets no answers
  bool resumed_ = false;
  bool suspects_ = false;
  mono_time suspected_at_{};   // last
  bool history_helps_ = true;  // the last walk of this connection's came to its end
  std::optional<mono_time> look_again_at_;
  mono_time look_again_from_{};
  std::optional<gap> lost_;
  std::string lost_for_;
  std::array<counter*, gap_causes> gaps_{};
  std::array<counter*, gap_causes> lost_gaps_{};
  counter& rebuilt_;
};

}  // namespace freshet
