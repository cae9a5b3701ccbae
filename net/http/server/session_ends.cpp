#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/async/tokens.hpp"
#include "net/http/answer/problem.hpp"
#include "net/http/server/session.hpp"

/// What a hit does not need: beginnings and ends, what is unfinished, what takes long.
namespace freshet::http {
namespace {

constexpr std::size_t kept_min = 4096;
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

session::session(int descriptor, asio::generic::stream_protocol protocol, peer from,
                 session_desk& desk)
    : connection(stream_socket(desk.ctx.get_executor()), from),
      desk_(desk),
      descriptor_(descriptor),
      protocol_(protocol) {
  desk_.env.watch.watch(*this);
}

session::~session() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool session::start() {
  rest();
  return desk_.ready.add(descriptor_, *this);
}

void session::end() {
  if (phase_ == phase::over) return;
  enter(phase::over, {});
  desk_.ready.forget(*this);
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  boost::system::error_code ignored;
  socket_.close(ignored);
  unlink();  // from the reaper
  desk_.left(*this);
}

void session::fail(std::exception_ptr error) {
  desk_.batch.clear();
  end();
  desk_.on_error("http session", error);
}

void session::drain() {
  draining_ = true;
  if (phase_ == phase::idle || (phase_ == phase::head && begin_ == end_)) end();
}

void session::enter(phase p, std::chrono::nanoseconds limit) {
  phase_ = p;
  deadline = limit.count() > 0
                 ? desk_.env.watch.now() + std::chrono::duration_cast<steady_clock::duration>(limit)
                 : mono_time::max();
}

void session::expire() {
  auto& counts = desk_.env.counts;
  switch (phase_) {
    case phase::idle:
    case phase::head:
      try {
        return expire_reading();
      } catch (...) {
        return fail(std::current_exception());
      }
    case phase::write:
      bump(counts.write_timeouts);
      return end();
    case phase::linger:
      return end();
    case phase::slow: {  // the deadline is the responder's
      boost::system::error_code ignored;
      socket_.cancel(ignored);
      return;
    }
    case phase::again:
    case phase::over:
      return;
  }
}

void session::expire_reading() {
  auto& counts = desk_.env.counts;
  desk_.env.answers.begin_turn();
  // What came in the same moment is in time, unless it is more of a head that drips.
  if (begin_ == end_ && receive() == received::more) return serve();
  if (begin_ == end_) {
    bump(counts.idle_timeouts);
    return end();
  }
  bump(counts.head_timeouts);
  refuse({408, "the request took too long to arrive"}, desk_.batch);
  if (write(desk_.batch, step::close)) linger();
}

void session::refuse(const refusal& why, response_batch& out) {
  if (why.status != 408) bump(desk_.env.counts.heads_refused);
  std::string fields;
  if (why.allow) fields = "Allow: " + std::string(desk_.env.judge.allowed()) + "\r\n";
  problem p{why.status, why.reason, {}, fields};
  answer_problem({}, p, desk_.env.block.date(), out);
  desk_.env.answers.refused(why.status);
  record(nullptr, out);
}

void session::record(const request_head* head, const response_batch& out) {
  assert(!out.each().empty() && "a responder said done without an answer");
  if (!desk_.env.log) return;
  desk_.env.log({from_, head ? method_name(head->method) : "", head ? head->target : "",
                 out.each().back(), head ? head->forwarded_for : ""});
}

/// Takes what is left of the desk's input along, and the head that points into it.
void session::keep() {
  if (bytes_ == kept_.data() || begin_ == end_) return;
  const auto left = buffered();
  kept_.resize(std::max(left.size(), kept_min));
  std::memcpy(kept_.data(), left.data(), left.size());
  if (slow_head_) *slow_head_ = slow_head_->moved(left, kept_.data());
  bytes_ = kept_.data();
  begin_ = 0;
  end_ = left.size();
}

void session::make_room() {
  keep();
  if (begin_ > 0) {
    std::memmove(kept_.data(), kept_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ < kept_.size()) return;
  // judge_partial refused before the head limit was passed, and the gate bounds the body.
  const auto most = std::max(desk_.env.judge.limits().head + 4, wanted_);
  kept_.resize(std::min(most, kept_.size() * 2));
  bytes_ = kept_.data();
  assert(end_ < kept_.size());
}

void session::write_later(response_batch& out, step then) {
  out.pin();
  keep();
  bump(desk_.env.counts.partial_writes);
  unfinished_ = std::make_unique<response_batch>(std::exchange(out, response_batch()));
  then_ = then;
  mark_ = unfinished_->bytes_left();
  enter(phase::write, desk_.env.times.write);
}

void session::write_rest() {
  switch (write_now(*unfinished_)) {
    case sent::all:
      unfinished_.reset();
      enter(phase::idle, {});
      if (go_on(then_)) serve();
      return;
    case sent::blocked:
      if (mark_ - unfinished_->bytes_left() < write_progress_min) return;
      mark_ = unfinished_->bytes_left();
      return enter(phase::write, desk_.env.times.write);
    case sent::broken:
      return end();
  }
}

void session::wait_slowly() {
  keep();
  enter(phase::slow, {});
  desk_.slow.spawn("http session", slowly());
}

asio::awaitable<void> session::slowly() {
  std::exception_ptr failed;
  try {
    co_await answer_slowly();
  } catch (...) {
    failed = std::current_exception();
  }
  if (!failed) co_return;
  end();
  std::rethrow_exception(failed);
}

/// For its time the socket is Asio's.
asio::awaitable<void> session::answer_slowly() {
  desk_.ready.remove(descriptor_, *this);
  socket_.assign(protocol_, descriptor_);
  descriptor_ = -1;
  auto out = std::make_unique<response_batch>();
  auto ex = socket_.get_executor();
  auto answering = desk_.env.answers.answer_slowly(slow_head_.get(), this, out.get());
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(ex, std::move(answering), asio::deferred),
      asio::co_spawn(ex, peer_left(), asio::deferred));
  auto [order, failed, after, watch_failed, left] =
      co_await std::move(both).async_wait(first_that_counts{}, asio::use_awaitable);
  if (left) bump(desk_.env.counts.left_waiting);
  if (failed && !left) std::rethrow_exception(failed);
  if (left || after == responder::after::taken) co_return end();
  record(slow_head_.get(), *out);
  const auto head = std::move(slow_head_);
  const auto then = head->keep_alive ? step::read : step::close;
  consume(head->bytes + head->body.size());
  descriptor_ = socket_.release();
  enter(phase::idle, {});
  if (!desk_.ready.add(descriptor_, *this)) co_return end();
  if (!write(*out, then) || !go_on(then)) co_return;
  desk_.env.answers.begin_turn();
  serve();
}

/// True once the client has left. Its bytes go behind the head that is being answered, which must
/// not move: when the room is used up, only the answer ends the wait.
asio::awaitable<bool> session::peer_left() {
  while (socket_.is_open() && end_ < kept_.size()) {
    auto [ec] = co_await socket_.async_wait(stream_socket::wait_read, use_result);
    if (ec || !socket_.is_open()) co_return false;  // answered, or a stream took the socket
    const auto n =
        ::recv(socket_.native_handle(), bytes_ + end_, kept_.size() - end_, MSG_DONTWAIT);
    if (n > 0) {
      end_ += static_cast<std::size_t>(n);
    } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      co_return true;
    }
  }
  co_return false;
}

/// Closing with unread bytes would make the kernel send a reset, which can overtake the answer.
void session::linger() {
  if (::shutdown(descriptor_, SHUT_WR) != 0) return end();
  enter(phase::linger, linger_time);
  discard();
}

void session::discard() {
  while (discarded_ < linger_bytes_max) {
    const auto n = ::recv(descriptor_, desk_.input.data(), desk_.input.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) break;
    discarded_ += static_cast<std::size_t>(n);
  }
  end();
}

}  // namespace freshet::http
