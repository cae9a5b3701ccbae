#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/select/event.hpp"

namespace freshet {

/// Takes one decoded event; synchronous, keeps nothing of it.
using event_sink = std::function<void(const event&)>;
/// Counts what a bus had to refuse: why is a literal such as "malformed" or "too_large".
using drop_sink = std::function<void(std::string_view why)>;

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
  /// How often a publisher was connected to, ever. When it rises, messages may have been lost.
  virtual std::uint64_t connections() const { return 0; }
  /// Makes those connections anew that brought nothing since then; how many there are.
  virtual std::size_t rebuild(mono_time quiet_since) {
    static_cast<void>(quiet_since);
    return 0;
  }
};

}  // namespace freshet
