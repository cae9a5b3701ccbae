#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <random>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/catchup/history_walk.hpp"
#include "connectors/catchup/stream_report.hpp"
#include "core/observe/log.hpp"
#include "core/observe/metrics.hpp"

namespace freshet {

/// Reads a bus' history into the event path while live messages go on.
///
/// Shape:    one walk at a time, one page of at most 8 MiB in memory; after every 64 messages it
///           is everybody else's turn. A failing history is asked again as long as `failing` lets
///           it, at most once a minute.
/// Errors:   none: how it ended is the answer. A message that cannot be read is counted.
/// Lifetime: everything given outlives it; it outlives run(), which ends by cancellation too.
/// Threads:  home loop only.
class catch_up {
 public:
  struct hooks {
    /// A message of the past; true when it had not come before.
    std::function<bool(const event&)> apply;
    /// The third failure in a row, and each after it. False: it is not worth more.
    std::function<bool(const error&)> failing;
  };
  struct outcome {
    history_walk::end how;  // none: `failing` said so
    std::uint64_t messages = 0;
    std::uint64_t missed = 0;
  };

  catch_up(boost::asio::io_context::executor_type ex, const clock& time,
           const config::bus_settings& settings, std::unique_ptr<history_source> source, hooks h,
           metrics& m, std::uint64_t seed);

  /// Everything of [from, to]. REQUIRES: no other run() is up.
  boost::asio::awaitable<outcome> run(wall_time from, wall_time to);

  /// About every second: ends a pause that is over.
  void tick(mono_time now);
  bool running() const { return walk_.has_value(); }
  /// REQUIRES: running().
  stream_report::walk progress() const;
  /// How far the walk that is up came, or the last one: also one that was cancelled.
  wall_time reached() const { return walk_ ? walk_->reached() : reached_; }

 private:
  boost::asio::awaitable<void> read(const history_page* page, page_facts* facts);
  void take(std::string_view message, page_facts& facts);
  bool subscribed(std::string_view topic) const;
  bool fail_once(const error& why);
  void count_lies();
  void tell(mono_time now);

  boost::asio::io_context::executor_type ex_;
  const clock& time_;
  const config::bus_settings& settings_;
  std::unique_ptr<history_source> source_;
  hooks hooks_;
  message_decoder decoder_;
  std::mt19937_64 random_;
  boost::asio::steady_timer pause_;
  std::optional<history_walk> walk_;  // while run() is up
  wall_time reached_{};               // of the last one
  std::uint64_t missed_ = 0;          // of this walk
  error last_error_;
  std::array<std::uint64_t, history_lies> lies_told_{};
  mono_time tell_at_{};
  rate_limit complaints_;
  counter& missed_count_;
  counter& known_count_;
  counter& other_count_;
  counter& dropped_count_;
  counter& answers_;
  counter& errors_;
  std::array<counter*, history_lies> lies_{};
};

}  // namespace freshet
