#include "net/http/server/session.hpp"

#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "net/http/head/scanner.hpp"

/// The way of a hit, from top to bottom: the socket is ready, what came is received, each head in
/// it answered, all answers written at once. What does not fit this line is in session_ends.cpp.
namespace freshet::http {

void session::on_ready(std::uint32_t events) {
  constexpr std::uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  constexpr std::uint32_t input = EPOLLIN | end;
  constexpr std::uint32_t output = EPOLLOUT | EPOLLHUP | EPOLLERR;
  try {
    if ((events & input) != 0) drained_ = false;
    if ((events & end) != 0) peer_ended_ = true;
    if (phase_ == phase::write) return (events & output) != 0 ? write_rest() : void();
    if (phase_ == phase::linger) return discard();
    if (!drained_ || phase_ == phase::again) serve();
  } catch (...) {
    fail(std::current_exception());
  }
}

void session::serve() {
  for (;;) {
    if (begin_ != end_) {
      auto& out = desk_.batch;
      const auto then = answer_heads(out);
      if (!write(out, then) || !go_on(then)) return;
    }
    if (drained_) return rest();
    switch (receive()) {
      case received::more:
        break;
      case received::nothing:
        return rest();
      case received::gone:
        return end();
    }
  }
}

session::received session::receive() {
  if (begin_ == end_) {
    if (!kept_.empty()) kept_ = std::string();
    bytes_ = desk_.input.data();
  } else {
    make_room();
  }
  const auto room = (kept_.empty() ? desk_.input : kept_).size() - end_;
  ssize_t n = 0;
  do n = ::recv(descriptor_, bytes_ + end_, room, 0);
  while (n < 0 && errno == EINTR);
  if (n > 0) {
    // Less than there was room for was all there is: no need to ask in vain. What comes later is
    // another event, but an end that was told already comes behind the bytes.
    end_ += static_cast<std::size_t>(n);
    drained_ = static_cast<std::size_t>(n) < room && !peer_ended_;
    return received::more;
  }
  drained_ = true;
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? received::nothing : received::gone;
}

session::step session::answer_heads(response_batch& out) {
  while (begin_ != end_) {
    if (out.full()) return step::yield;  // sixteen answers are a fair share
    request_head head;
    const auto got = next_head(head, out);
    if (got == input::partial) return step::read;
    if (got == input::refused) return step::close;
    if (!body_complete(head, out)) return step::read;
    fresh_ = false;
    phase_ = phase::idle;  // the next head has a deadline of its own
    if (draining_) head.keep_alive = false;
    if (desk_.env.answers.answer(head, from_, out) == responder::outcome::wait) {
      slow_head_ = std::make_unique<request_head>(head);
      return step::wait;
    }
    record(&head, out);
    consume(head.bytes + head.body.size());
    if (!head.keep_alive) return step::close;
  }
  return step::read;
}

session::input session::next_head(request_head& head, response_batch& out) {
  const auto& env = desk_.env;
  const auto bytes = buffered();
  if (wanted_ > bytes.size()) return input::partial;  // a body on its way: do not judge twice
  const auto got = scan(bytes, searched_, env.judge.limits(), head);
  if (got == scanned::taken) {
    bump(env.counts.heads_scanned);
    return input::complete;
  }
  if (got == scanned::need_more || gate::complete(bytes, searched_) == 0) {
    if (const auto no = env.judge.judge_partial(bytes, searched_)) {
      refuse(*no, out);
      return input::refused;
    }
    searched_ = bytes.size();
    return input::partial;
  }
  const auto slow = env.judge.judge(bytes);
  if (const auto* no = std::get_if<refusal>(&slow)) {
    refuse(*no, out);
    return input::refused;
  }
  bump(env.counts.heads_gated);
  head = std::get<request_head>(slow);
  return input::complete;
}

bool session::body_complete(request_head& head, response_batch& out) {
  if (head.content_length == 0) return true;
  const auto length = static_cast<std::size_t>(head.content_length);  // the gate bounded it
  wanted_ = head.bytes + length;
  if (buffered().size() >= wanted_) {
    head.body = buffered().substr(head.bytes, length);
    wanted_ = 0;
    return true;
  }
  if (head.expects_continue && head.http_11 && !continued_ && !out.full()) {
    continued_ = true;
    out.begin(100);
    out.add("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return false;
}

/// True when everything is out. The first try happens in the turn that made the answers; only what
/// is left is made to last.
bool session::write(response_batch& out, step then) {
  switch (write_now(out)) {
    case sent::all:
      out.clear();
      return true;
    case sent::blocked:
      write_later(out, then);
      return false;
    case sent::broken:
      out.clear();
      end();
      return false;
  }
  return false;
}

session::sent session::write_now(response_batch& out) {
  while (out.bytes_left() > 0) {
    const auto file = out.file();
    const auto n = file ? send_file(*file) : send_memory(out);
    if (n > 0) {
      out.consume(static_cast<std::size_t>(n));
      bump(desk_.env.counts.bytes_out, static_cast<std::uint64_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
      return sent::blocked;
    } else if (n == 0 || errno != EINTR) {
      return sent::broken;  // a file that has ended too early is a bug, but no loop
    }
  }
  return sent::all;
}

ssize_t session::send_memory(response_batch& out) {
  const auto buffers = out.buffers();
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (buffers.size() == 1 && buffers[0].iov_len == out.bytes_left()) {
    return ::send(descriptor_, buffers[0].iov_base, buffers[0].iov_len, flags);
  }
  std::size_t bytes = 0;
  for (const auto& b : buffers) bytes += b.iov_len;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
  const int more = bytes < out.bytes_left() ? MSG_MORE : 0;  // the head goes with the file
  return ::sendmsg(descriptor_, &message, flags | more);
}

ssize_t session::send_file(const response_batch::file_part& part) {
  auto offset = static_cast<off_t>(part.offset);
  return ::sendfile(descriptor_, part.descriptor, &offset, part.size);
}

/// True when the connection goes on reading.
bool session::go_on(step then) {
  switch (then) {
    case step::read:
      return true;
    case step::yield:
      keep();
      enter(phase::again, {});
      desk_.ready.again(*this);
      break;
    case step::wait:
      wait_slowly();
      break;
    case step::close:
      linger();
      break;
  }
  return false;
}

/// Nothing to do until something comes.
void session::rest() {
  if (begin_ == end_) {
    if (draining_) return end();
    if (!fresh_) return enter(phase::idle, desk_.env.times.idle);
  } else {
    keep();
  }
  if (phase_ != phase::head) enter(phase::head, desk_.env.times.head);
}

void session::consume(std::size_t n) {
  begin_ += n;
  searched_ = 0;
  continued_ = false;
  if (begin_ == end_) begin_ = end_ = 0;
}

}  // namespace freshet::http
