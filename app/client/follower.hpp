#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "app/client/event_stream.hpp"
#include "app/client/remote.hpp"
#include "net/client/http_stream.hpp"

namespace freshet::app {

struct follow_options {
  std::string target;         // /.well-known/mercure?match=...
  std::string last_event_id;  // "" = from now on
  /// The server says something at least every 20 s.
  std::chrono::nanoseconds silence = std::chrono::seconds(60);
  std::chrono::nanoseconds retry = std::chrono::seconds(1);  // until the server names its own
  std::chrono::nanoseconds retry_max = std::chrono::seconds(30);
};

/// Follows an event stream across cuts: reconnects with Last-Event-ID, later and later while it
/// fails.
///
/// Shape:    between two attempts lies the server's `retry`, doubled by each failure up to
///           `retry_max` (or the Retry-After of the answer), half of it random. Holds the events of
///           one read.
/// Errors:   next: client_errc when the first attempt reaches nobody; a status (status_of) when
///           the server refuses what was asked; protocol when the answer is no event stream;
///           too_large.
/// Lifetime: `server` outlives it.
/// Threads:  the loop of `server`.
class follower {
 public:
  /// `on_note`: what happens to the connection, for people.
  using note_sink = std::function<void(const std::string&)>;
  follower(remote& server, follow_options options, note_sink on_note);

  /// The next event; nothing when the server said that there will be none (204).
  boost::asio::awaitable<result<std::optional<stream_event>>> next();

 private:
  enum class state { open, again, over };
  boost::asio::awaitable<result<state>> connect();
  boost::asio::awaitable<result<state>> judge(std::unique_ptr<http_stream> stream);
  boost::asio::awaitable<void> pause();
  boost::asio::awaitable<result<>> read();

  remote& server_;
  follow_options options_;
  note_sink on_note_;
  event_stream decoder_;
  std::unique_ptr<http_stream> stream_;
  std::deque<stream_event> events_;
  std::chrono::nanoseconds retry_after_{};
  int failures_ = 0;
  bool reached_ = false;  // once, so an address that nobody serves is told apart from a restart
  bool attempted_ = false;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace freshet::app
