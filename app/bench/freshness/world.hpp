#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/simulation/agenda.hpp"
#include "core/simulation/dice.hpp"

namespace freshet::app {

/// What a document says: its upstream counts up with each change.
using edition = unsigned;

/// A message as it was published. The page is the one it is about.
struct bus_message {
  std::size_t page = 0;
  std::string topic;
  std::string text;
  wall_time at{};
};

struct world_shape {
  std::size_t packages = 40;  // three pages each, one of each upstream
  std::chrono::minutes active{60};
  std::chrono::minutes quiet{60};  // afterwards: nothing changes, fails or is asked for
  unsigned changes = 1500;
  unsigned visits = 14'400;
  unsigned early = 20;  // of 100 messages: before the data can be read
};

/// Upstreams whose documents change, the bus that tells of it, and visitors, under one virtual
/// clock: everything that a strategy of keeping pages meets, and nothing that depends on it.
///
/// Shape:    a fifth of the messages come before the data can be read, by up to 5 s; 2 % are lost,
///           5 % come twice, some late; the bus is down twice for some minutes, and once connected
///           and silent for ten; its history is away around the second time. Upstreams err, hang,
///           and one is away for five minutes. What they answer is their state when the question
///           arrives. All of it follows from the seed.
/// Threads:  the owner's only.
class world {
 public:
  static constexpr std::array<const char*, 3> kinds{"builds", "bugs", "updates"};
  static constexpr std::chrono::seconds call_timeout{10};

  /// What the world calls; all may be empty but `visit`.
  struct audience {
    std::function<void(const bus_message&)> heard;
    std::function<void(std::size_t page)> visit;
  };
  enum class failure : std::uint8_t { refused, timed_out };
  /// Exactly one of the two is set.
  struct answer {
    std::optional<edition> shows;
    std::optional<failure> why;
  };

  world(std::uint64_t seed, const world_shape& shape);
  world(const world&) = delete;

  /// Puts down everything that will happen.
  void begin(audience to);

  agenda& time() { return agenda_; }
  mono_time active_until() const { return start_ + shape_.active; }
  mono_time quiet_until() const { return active_until() + shape_.quiet; }

  std::size_t pages() const { return truth_.size(); }
  static std::size_t kind_of(std::size_t page) { return page % kinds.size(); }
  static std::string package_of(std::size_t page) { return "p" + std::to_string(page / 3); }
  edition truth(std::size_t page) const { return truth_[page]; }

  /// A call to the page's upstream; `then` hears later what it said.
  void call(std::size_t page, std::function<void(answer)> then);
  std::uint64_t calls() const { return calls_; }

  bool connected() const { return !down_; }
  std::uint64_t connections() const { return connections_; }
  /// Makes the connection anew, which ends a silence that is no rest.
  void reconnect();
  /// What the bus' history knows by now of [from, to], oldest first; nothing: it does not answer.
  std::optional<std::vector<const bus_message*>> history(wall_time from, wall_time to) const;

 private:
  void plan_changes();
  void plan_bus_faults();
  void plan_upstream_faults();
  void plan_visits();
  void publish(std::size_t page, std::vector<std::chrono::milliseconds> copies,
               std::chrono::milliseconds recorded);
  std::chrono::milliseconds any_time() { return script_.between({}, shape_.active); }
  /// One of the pages, few of them most of the time.
  std::size_t uneven_page();

  const world_shape shape_;
  dice script_;   // what happens anyhow
  dice answers_;  // how upstreams answer
  agenda agenda_;
  const mono_time start_;
  audience to_;
  std::vector<edition> truth_;
  std::vector<std::uint64_t> heights_;  // of the uneven choice, summed up
  std::array<std::uint64_t, kinds.size()> published_{};
  std::array<bool, kinds.size()> away_{};
  std::vector<bus_message> history_;  // in the order in which it learned of them
  std::uint64_t calls_ = 0;
  std::uint64_t connections_ = 1;
  bool history_away_ = false;
  bool down_ = false;
  bool deaf_ = false;
};

}  // namespace freshet::app
