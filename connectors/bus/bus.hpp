#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/select/event.hpp"

namespace freshet {

/// Takes one decoded event; synchronous, keeps nothing of it.
using event_sink = std::function<void(const event&)>;
/// What a bus had to refuse.
///
/// Shape:    `why` is a literal such as "malformed" or "too_large"; `bytes` are what is there of
///           the message, as bus::take_again() wants them. `size` is at least that.
/// Lifetime: borrows, for the call.
struct refused_message {
  refused_message(const char* reason) : why(reason) {}
  refused_message(std::string_view reason, std::string_view of = {}, std::string_view all = {},
                  std::uint64_t whole = 0)
      : why(reason), topic(of), bytes(all), size(std::max<std::uint64_t>(whole, all.size())) {}
  operator std::string_view() const { return why; }

  std::string_view why, topic, bytes;
  std::uint64_t size = 0;
  bool keep = true;  // false: counted alone; nobody knows that it came from the publisher
};
using drop_sink = std::function<void(const refused_message&)>;
/// Calls back once what the sinks were given until now cannot be lost any more: the time for an
/// acknowledgement. Empty = nothing is kept on disk, so that is at once.
using durable_hook = std::function<void(std::function<void()>)>;

/// How a bus does that checks who signed its messages. `trouble`: what an operator should know of
/// it; empty = nothing.
struct signature_figures {
  std::uint64_t good = 0, bad = 0;
  std::string trouble{};
};

/// Where events come from.
///
/// Lifetime: run() ends by cancellation, or when the bus has no more events (a file).
/// Threads:  home loop only.
class bus {
 public:
  virtual ~bus() = default;
  virtual std::string_view name() const = 0;
  virtual boost::asio::awaitable<void> run() = 0;
  virtual bool up() const = 0;
  /// Why it is not up, for people; "" = nothing is known, or it is.
  virtual std::string trouble() const { return {}; }
  /// Where the bus stands, in its own words: every event before it was given to the sink. "" = it
  /// has no positions, so what happens while nobody listens is lost.
  virtual std::string position() const { return {}; }
  /// Before run(): go on behind that position. False: it is of something else by now, or it was
  /// none; run() then begins where it always does.
  virtual bool resume(std::string_view position) {
    static_cast<void>(position);
    return false;
  }
  /// Messages whose body names another topic than their frame, which counts.
  virtual std::uint64_t topics_differ() const { return 0; }

  /// Messages may be lost on the way here, so that every gap is something to see to.
  virtual bool may_lose() const { return false; }
  /// Since when the oldest message waits that came and was given to no sink yet.
  virtual std::optional<mono_time> held_since() const { return {}; }
  virtual signature_figures signatures() const { return {}; }
  /// How often a publisher was connected to, ever. When it rises, messages may have been lost.
  virtual std::uint64_t connections() const { return 0; }
  /// All that was published until about now came.
  virtual bool whole() const { return up(); }
  /// After resume(): whoever publishes kept what came meanwhile, unless connections() rises.
  virtual bool is_kept() const { return false; }
  /// Gives nothing to the sinks any more: who comes after it will.
  virtual void hold() {}
  /// Makes those connections anew that brought nothing since then; how many there are.
  virtual std::size_t rebuild(mono_time quiet_since) {
    static_cast<void>(quiet_since);
    return 0;
  }
  /// A message that came before, as the sinks were told of it: as if it came now. False when this
  /// bus cannot.
  virtual bool take_again(std::string_view /*topic*/, std::string_view /*bytes*/) { return false; }
};

}  // namespace freshet
