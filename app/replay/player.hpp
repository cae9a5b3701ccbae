#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/replay/line_reader.hpp"
#include "app/replay/pacer.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "net/zmq/publisher.hpp"

namespace freshet::app {

struct replay_options {
  std::string file;  // "-" = standard input
  std::string endpoint;
  pacer pace;
  bool loop = false;
  std::chrono::nanoseconds subscription_wait = std::chrono::seconds(10);
  /// A subscriber names its topics one after the other; what we send before the last one is lost.
  std::chrono::nanoseconds settle = std::chrono::milliseconds(100);
};

struct replay_counts {
  std::uint64_t sent = 0;
  std::uint64_t bad = 0;
  std::uint64_t rounds = 0;
};

/// Publishes recorded events as a fedmsg publisher would: frame 1 the line's `topic`, frame 2 the
/// line as it is.
///
/// Shape:    lines of at most 32 MiB; gives way to the loop after each `turn_messages`.
/// Errors:   open: missing (the file), malformed (the endpoint); run: timed_out when nobody
///           subscribes, the system's while reading. Lines that are no event are counted and named
///           to `on_bad`, and do not stop it.
/// Lifetime: finish() waits until everything was sent or the subscribers are gone.
/// Threads:  the executor's loop.
class player {
 public:
  using bad_sink = std::function<void(std::uint64_t line, std::string_view why)>;
  static constexpr std::size_t line_max = 32u << 20;
  static constexpr int turn_messages = 256;

  static result<std::unique_ptr<player>> open(boost::asio::io_context::executor_type ex,
                                              replay_options options, bad_sink on_bad);

  const std::string& endpoint() const { return publisher_->endpoint(); }
  const replay_counts& counts() const { return counts_; }
  const line_reader& reader() const { return *lines_; }
  boost::asio::awaitable<result<>> wait_for_subscriber();
  boost::asio::awaitable<result<>> run();
  void finish() { publisher_->finish(); }

 private:
  player(replay_options options, std::unique_ptr<line_reader> lines,
         std::unique_ptr<zmq_publisher> publisher, bad_sink on_bad);
  boost::asio::awaitable<result<>> play_once();
  boost::asio::awaitable<void> wait_until(mono_time due);

  replay_options options_;
  std::unique_ptr<line_reader> lines_;
  std::unique_ptr<zmq_publisher> publisher_;
  bad_sink on_bad_;
  message_decoder decoder_;
  replay_counts counts_;
  int turn_ = 0;
};

}  // namespace freshet::app
