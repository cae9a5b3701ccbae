#pragma once

#include <functional>
#include <memory>

#include "core/async/task_scope.hpp"
#include "net/http/answer/date_block.hpp"
#include "net/http/head/gate.hpp"
#include "net/http/server/counters.hpp"
#include "net/http/server/poller.hpp"
#include "net/http/server/responder.hpp"

namespace freshet::http {

/// One line of the access log; views are valid during the call.
struct access_record {
  const peer& from;
  std::string_view method;  // "" when the head was refused
  std::string_view target;
  answered result;
  std::string_view forwarded_for = {};
};

/// 0 = off.
struct session_times {
  std::chrono::nanoseconds head = std::chrono::seconds(10);
  std::chrono::nanoseconds idle = std::chrono::seconds(30);
  std::chrono::nanoseconds write = std::chrono::seconds(20);
};

/// What all connections of one listener share.
///
/// Lifetime: outlives them.
struct session_environment {
  gate judge;
  session_times times;
  responder& answers;
  const date_block& block;
  http::counters& counts;
  reaper& watch;
  std::function<void(const access_record&)> log;  // empty = off
};

class session;

/// What the connections of one listener use in turn: who is served needs it until it has been
/// served, and a connection that waits keeps nothing but what is unfinished.
///
/// Lifetime: outlives them.
struct session_desk {
  const session_environment& env;
  asio::io_context& ctx;
  poller& ready;
  task_scope& slow;                    // slow answers run here
  std::function<void(session&)> left;  // the connection is over: let go of it after this turn
  task_scope::sink on_error;
  std::string input;  // of the size of the largest head
  response_batch batch = {};
};

/// One HTTP/1 connection: reads heads, lets them be answered, writes.
///
/// Shape:    a turn is one receive, one answer for each complete head in it, and one write; at most
///           16 answers, then it is somebody else's turn. Unfinished heads (admin: and bodies) are
///           kept up to their limit, unfinished writes until the write deadline.
///           While a visitor waits for a slow answer, bytes that follow are read into the room that
///           the buffer has; when the client ends its side, the wait is over: nobody is left to
///           answer (a client that only half-closes gets no slow answer either).
/// Errors:   a refused head is answered and the connection closed; a peer that is gone ends it. An
///           exception ends it and goes to the sink.
/// Lifetime: the descriptor is its own, but for the time of a slow answer, when it is socket_'s.
/// Threads:  its loop.
class session final : public connection, public poller::client {
 public:
  /// Takes `descriptor` over; non-blocking already.
  session(int descriptor, asio::generic::stream_protocol protocol, peer from, session_desk& desk);
  ~session();

  /// False when it cannot be watched.
  bool start();
  void on_ready(std::uint32_t events) override;
  /// Ends an idle connection, lets a busy one finish its answer.
  void drain();
  void expire() override;
  /// Whatever it does.
  void end();

 private:
  enum class phase : std::uint8_t { idle, head, write, again, slow, linger, over };
  enum class step : std::uint8_t { read, yield, wait, close };
  enum class input : std::uint8_t { complete, partial, refused };
  enum class received : std::uint8_t { more, nothing, gone };
  enum class sent : std::uint8_t { all, blocked, broken };

  // session.cpp: the way of a hit
  void serve();
  received receive();
  step answer_heads(response_batch& out);
  input next_head(request_head& head, response_batch& out);
  bool body_complete(request_head& head, response_batch& out);
  bool write(response_batch& out, step then);
  sent write_now(response_batch& out);
  ssize_t send_memory(response_batch& out);
  ssize_t send_file(const response_batch::file_part& part);
  bool go_on(step then);
  void rest();

  // session_ends.cpp: everything else
  void expire_reading();
  void refuse(const refusal& why, response_batch& out);
  void record(const request_head* head, const response_batch& out);
  void write_later(response_batch& out, step then);
  void write_rest();
  void wait_slowly();
  asio::awaitable<void> slowly();
  asio::awaitable<void> answer_slowly();
  asio::awaitable<bool> peer_left();
  void linger();
  void discard();
  void fail(std::exception_ptr error);

  std::string_view buffered() const { return {bytes_ + begin_, end_ - begin_}; }
  void consume(std::size_t n);
  void keep();
  void make_room();
  void enter(phase p, std::chrono::nanoseconds limit);

  session_desk& desk_;
  int descriptor_;
  asio::generic::stream_protocol protocol_;
  char* bytes_ = nullptr;  // the desk's input, or kept_
  std::size_t begin_ = 0, end_ = 0;
  std::size_t searched_ = 0;  // of buffered(), without an empty line
  std::size_t wanted_ = 0;    // bytes of the message that is still coming, when known
  std::string kept_;          // what is unfinished
  phase phase_ = phase::idle;
  step then_ = step::read;  // after an unfinished write
  bool fresh_ = true;       // no head yet: the head's deadline runs since the accept
  bool drained_ = true;     // the socket had no more when it was asked last
  bool peer_ended_ = false;
  bool continued_ = false;  // 100 Continue was sent for the body that is coming
  std::size_t mark_ = 0;    // of the unfinished write, when its deadline was set
  std::size_t discarded_ = 0;
  std::unique_ptr<response_batch> unfinished_;
  std::unique_ptr<request_head> slow_head_;
};

}  // namespace freshet::http
