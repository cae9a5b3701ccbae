#include "net/http/server/session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/async/tokens.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/head/scanner.hpp"

namespace freshet::http {
namespace {

constexpr std::size_t buffer_start = 4096;
constexpr std::size_t write_progress_min = 16 * 1024;  // less than that does not renew the deadline
constexpr std::size_t linger_bytes_max = 64 * 1024;
constexpr std::chrono::seconds linger_time{1};

/// Which of a slow answer and the watch over its client ends the other.
struct first_that_counts {
  asio::cancellation_type operator()(const std::exception_ptr&, responder::after) const noexcept {
    return asio::cancellation_type::terminal;
  }
  asio::cancellation_type operator()(const std::exception_ptr& e, bool left) const noexcept {
    return e || left ? asio::cancellation_type::terminal : asio::cancellation_type::none;
  }
};

}  // namespace

session::session(stream_socket socket, peer from, const session_environment& env)
    : connection(std::move(socket), from), env_(env) {
  env_.watch.watch(*this);
  boost::system::error_code ignored;  // a peer that is gone already shows at the first read
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void session::enter(phase p, std::chrono::nanoseconds limit) {
  phase_ = p;
  deadline = limit.count() > 0
                 ? env_.watch.now() + std::chrono::duration_cast<steady_clock::duration>(limit)
                 : mono_time::max();
}

void session::expire() {
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void session::drain() {
  draining_ = true;
  if (phase_ != phase::idle && !(phase_ == phase::head && begin_ == end_)) return;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

asio::awaitable<void> session::run() {
  for (;;) {
    auto next = serve_buffered();
    if (!co_await flush()) co_return;
    if (next == step::wait) next = co_await answer_slowly();
    if (next == step::close) co_return co_await linger();
    if (next == step::yield) {  // sixteen answers are a fair share
      co_await asio::post(socket_.get_executor(), use_result);
      continue;
    }
    const auto got = co_await read_more();
    if (got == arrival::gone) co_return;
    if (got == arrival::expired) {
      bump(env_.counts.head_timeouts);
      refuse({408, "the request took too long to arrive"});
      if (co_await flush()) co_await linger();
      co_return;
    }
  }
}

session::step session::serve_buffered() {
  env_.answers.begin_turn();
  while (!batch_.full()) {
    request_head head;
    const auto got = next_head(head);
    if (got == input::partial) return step::read;
    if (got == input::refused) return step::close;
    if (!body_complete(head)) return step::read;
    phase_ = phase::none;
    deadline = mono_time::max();
    fresh_ = false;
    if (draining_) head.keep_alive = false;
    if (env_.answers.answer(head, from_, batch_) == responder::outcome::wait) {
      slow_head_ = head;
      return step::wait;
    }
    record(&head);
    consume(head.bytes + head.body.size());
    if (!head.keep_alive) return step::close;
  }
  return step::yield;
}

session::input session::next_head(request_head& head) {
  const auto bytes = buffered();
  if (bytes.empty()) return input::partial;
  if (wanted_ > bytes.size()) return input::partial;  // a body on its way: do not judge twice
  const auto got = scan(bytes, searched_, env_.judge.limits(), head);
  if (got == scanned::taken) {
    bump(env_.counts.heads_scanned);
    return input::complete;
  }
  if (got == scanned::need_more || gate::complete(bytes, searched_) == 0) {
    if (const auto no = env_.judge.judge_partial(bytes, searched_)) {
      refuse(*no);
      return input::refused;
    }
    searched_ = bytes.size();
    return input::partial;
  }
  const auto slow = env_.judge.judge(bytes);
  if (const auto* no = std::get_if<refusal>(&slow)) {
    refuse(*no);
    return input::refused;
  }
  bump(env_.counts.heads_gated);
  head = std::get<request_head>(slow);
  return input::complete;
}

bool session::body_complete(request_head& head) {
  if (head.content_length == 0) return true;
  const auto length = static_cast<std::size_t>(head.content_length);  // the gate bounded it
  wanted_ = head.bytes + length;
  if (buffered().size() >= wanted_) {
    head.body = buffered().substr(head.bytes, length);
    wanted_ = 0;
    return true;
  }
  if (head.expects_continue && head.http_11 && !continued_ && !batch_.full()) {
    continued_ = true;
    batch_.begin(100);
    batch_.add_static("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return false;
}

void session::refuse(const refusal& why) {
  if (why.status != 408) bump(env_.counts.heads_refused);
  std::string fields;
  if (why.allow) fields = "Allow: " + std::string(env_.judge.allowed()) + "\r\n";
  problem p{why.status, why.reason, {}, fields};
  answer_problem({}, p, env_.block.date(), batch_);
  record(nullptr);
}

void session::record(const request_head* head) {
  assert(!batch_.each().empty() && "a responder said done without an answer");
  if (!env_.log) return;
  env_.log({from_, head ? method_name(head->method) : "", head ? head->target : "",
            batch_.each().back(), head ? head->forwarded_for : ""});
}

session::sent session::write_now() {
  while (batch_.bytes_left() > 0) {
    const auto buffers = batch_.buffers();
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(buffers.data());
    message.msg_iovlen = buffers.size();
    const auto n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      batch_.consume(static_cast<std::size_t>(n));
      bump(env_.counts.bytes_out, static_cast<std::uint64_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      return sent::blocked;
    } else if (errno != EINTR) {
      return sent::broken;
    }
  }
  return sent::all;
}

/// The first try happens in the turn that made the answers; only what is left is made to last.
asio::awaitable<bool> session::flush() {
  auto state = write_now();
  if (state == sent::blocked) {
    batch_.pin();
    bump(env_.counts.partial_writes);
    enter(phase::write, env_.times.write);
    auto mark = batch_.bytes_left();
    while (state == sent::blocked) {
      auto [ec] = co_await socket_.async_wait(stream_socket::wait_write, use_result);
      if (ec) {
        if (expired_) bump(env_.counts.write_timeouts);
        co_return false;
      }
      state = write_now();
      if (mark - batch_.bytes_left() < write_progress_min) continue;
      mark = batch_.bytes_left();
      enter(phase::write, env_.times.write);
    }
    phase_ = phase::none;
    deadline = mono_time::max();
  }
  batch_.clear();
  co_return state == sent::all;
}

void session::consume(std::size_t n) {
  begin_ += n;
  searched_ = 0;
  continued_ = false;
  if (begin_ == end_) begin_ = end_ = 0;
}

void session::make_room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ < buffer_.size()) return;
  // judge_partial refused before the head limit was passed, and the gate bounds the body.
  const auto most = std::max(env_.judge.limits().head + 4, wanted_);
  buffer_.resize(std::min(most, std::max(buffer_start, buffer_.size() * 2)));
}

asio::awaitable<session::arrival> session::read_more() {
  if (buffered().empty() && draining_) co_return arrival::gone;
  if (buffered().empty() && !fresh_) {
    enter(phase::idle, env_.times.idle);
  } else if (phase_ != phase::head) {
    enter(phase::head, env_.times.head);
  }
  make_room();
  assert(end_ < buffer_.size());
  auto [ec, n] = co_await socket_.async_read_some(
      asio::buffer(buffer_.data() + end_, buffer_.size() - end_), use_result);
  if (!ec) {
    end_ += n;
    // A read that won the race against the deadline: only a head still has one to keep.
    if (!expired_ || phase_ == phase::idle) {
      expired_ = false;
      co_return arrival::more;
    }
  }
  if (!std::exchange(expired_, false)) co_return arrival::gone;
  if (!buffered().empty()) co_return arrival::expired;
  bump(env_.counts.idle_timeouts);
  co_return arrival::gone;
}

/// True once the client has left. Its bytes go behind the head that is being answered, which must
/// not move: when the room is used up, only the answer ends the wait.
asio::awaitable<bool> session::peer_left() {
  while (socket_.is_open() && end_ < buffer_.size()) {
    auto [ec] = co_await socket_.async_wait(stream_socket::wait_read, use_result);
    if (ec || !socket_.is_open()) co_return false;  // answered, or a stream took the socket
    const auto n =
        ::recv(socket_.native_handle(), buffer_.data() + end_, buffer_.size() - end_, MSG_DONTWAIT);
    if (n > 0) {
      end_ += static_cast<std::size_t>(n);
    } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      co_return true;
    }
  }
  co_return false;
}

asio::awaitable<session::step> session::answer_slowly() {
  auto ex = socket_.get_executor();
  auto answering = env_.answers.answer_slowly(&slow_head_, this, &batch_);
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(ex, std::move(answering), asio::deferred),
      asio::co_spawn(ex, peer_left(), asio::deferred));
  auto [order, failed, after, watch_failed, left] =
      co_await std::move(both).async_wait(first_that_counts{}, asio::use_awaitable);
  deadline = mono_time::max();
  expired_ = false;
  if (left) bump(env_.counts.left_waiting);
  if (failed && !left) std::rethrow_exception(failed);
  if (left || after == responder::after::taken) co_return drop_connection();
  record(&slow_head_);
  const bool stays = slow_head_.keep_alive;
  if (!co_await flush()) co_return drop_connection();
  consume(slow_head_.bytes + slow_head_.body.size());
  // What came behind it may be complete already.
  co_return stays ? step::yield : step::close;
}

session::step session::drop_connection() {
  batch_.clear();
  boost::system::error_code ignored;
  socket_.close(ignored);
  return step::close;
}

/// Closing with unread bytes would make the kernel send a reset, which can overtake the answer.
asio::awaitable<void> session::linger() {
  boost::system::error_code ec;
  socket_.shutdown(stream_socket::shutdown_send, ec);
  if (ec) co_return;
  enter(phase::linger, linger_time);
  if (buffer_.size() < buffer_start) buffer_.resize(buffer_start);
  for (std::size_t left = linger_bytes_max; left > 0;) {
    auto [error, n] = co_await socket_.async_read_some(asio::buffer(buffer_), use_result);
    if (error) co_return;
    left -= std::min(left, n);
  }
}

}  // namespace freshet::http
