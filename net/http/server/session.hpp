#pragma once

#include <functional>
#include <memory>

#include "net/http/answer/date_block.hpp"
#include "net/http/head/gate.hpp"
#include "net/http/server/counters.hpp"
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

/// One HTTP/1 connection: reads heads, lets them be answered, writes.
///
/// Shape:    a read buffer of at most head (admin: and body) limit; at most 16 answers per write;
/// all
///           complete heads of a read are answered by one plain function before anything suspends.
///           While a visitor waits for a slow answer, bytes that follow are read into the room that
///           the buffer has; when the client ends its side, the wait is over: nobody is left to
///           answer (a client that only half-closes gets no slow answer either).
/// Errors:   a refused head is answered and the connection closed; a peer that is gone ends run().
/// Lifetime: lives in the coroutine that awaits run().
/// Threads:  its loop.
class session final : public connection {
 public:
  session(stream_socket socket, peer from, const session_environment& env);

  asio::awaitable<void> run();
  /// Ends an idle connection, lets a busy one finish its answer.
  void drain();
  void expire() override;

 private:
  enum class phase : std::uint8_t { none, idle, head, write, linger };
  enum class step : std::uint8_t { read, yield, wait, close };
  enum class input : std::uint8_t { complete, partial, refused };
  enum class arrival : std::uint8_t { more, expired, gone };
  enum class sent : std::uint8_t { all, blocked, broken };

  step serve_buffered();
  input next_head(request_head& head);
  bool body_complete(request_head& head);
  void refuse(const refusal& why);
  void record(const request_head* head);

  sent write_now();
  asio::awaitable<bool> flush();
  asio::awaitable<arrival> read_more();
  asio::awaitable<step> answer_slowly();
  asio::awaitable<bool> peer_left();
  step drop_connection();
  asio::awaitable<void> linger();

  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t n);
  void make_room();
  void enter(phase p, std::chrono::nanoseconds limit);

  const session_environment& env_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t searched_ = 0;  // of buffered(), without an empty line
  std::size_t wanted_ = 0;    // bytes of the message that is still coming, when known
  response_batch batch_;
  request_head slow_head_;
  phase phase_ = phase::none;
  bool expired_ = false;
  bool fresh_ = true;       // no head yet: the head's deadline runs since the accept
  bool continued_ = false;  // 100 Continue was sent for the body that is coming
};

}  // namespace freshet::http
