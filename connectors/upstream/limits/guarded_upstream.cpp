#include "connectors/upstream/limits/guarded_upstream.hpp"

#include "connectors/upstream/limits/retry.hpp"
#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"

namespace freshet {

constexpr std::size_t waiting_max = 1024;
/// Events that never end must not stop the sweep, which is the net under those that are missed.
constexpr std::size_t sweep_every = 16;

struct guarded_upstream::waiter {
  asio::steady_timer timer;
  bool granted = false;
};

/// A place in the queue, then a permit: both are given back however the coroutine ends.
class guarded_upstream::place {
 public:
  place(guarded_upstream& owner, call_lane lane)
      : owner_(owner), queue_(owner.queue_of(lane)), waiter_{asio::steady_timer(owner.ex_)} {
    queue_.push_back(&waiter_);
  }
  ~place() {
    if (!waiter_.granted) queue_.remove(&waiter_);
    if (probing_) owner_.breaker_.abandon();
    if (waiter_.granted) owner_.end_call();
  }
  place(const place&) = delete;

  bool granted() const { return waiter_.granted; }
  asio::steady_timer& timer() { return waiter_.timer; }
  void answer_pending(bool pending) { probing_ = pending; }

 private:
  guarded_upstream& owner_;
  std::list<waiter*>& queue_;
  waiter waiter_;
  bool probing_ = false;
};

guarded_upstream::guarded_upstream(asio::io_context::executor_type ex, const clock& time,
                                   std::unique_ptr<upstream> inner, config::upstream_limits limits,
                                   std::uint64_t seed)
    : ex_(ex),
      time_(time),
      inner_(std::move(inner)),
      limits_(limits),
      permits_(limits.concurrency, limits.rate, time.now()),
      pace_(ex),
      random_(seed) {}

std::list<guarded_upstream::waiter*>& guarded_upstream::queue_of(call_lane lane) {
  return lane == call_lane::visitor ? visitors_ : lane == call_lane::sweep ? sweeps_ : others_;
}

std::size_t guarded_upstream::grant(std::list<waiter*>& lane, call_lane which, std::size_t most) {
  std::size_t granted = 0;
  for (; granted < most && !lane.empty() && permits_.try_take(which, time_.now()); ++granted) {
    auto* next = lane.front();
    lane.pop_front();
    next->granted = true;
    next->timer.cancel();
  }
  return granted;
}

void guarded_upstream::pump() {
  grant(visitors_, call_lane::visitor);
  if (visitors_.empty()) {
    if (passed_over_ >= sweep_every && grant(sweeps_, call_lane::background, 1) > 0)
      passed_over_ = 0;
    const auto granted = grant(others_, call_lane::background);
    passed_over_ = sweeps_.empty() ? 0 : passed_over_ + granted;
  }
  if (visitors_.empty() && others_.empty()) grant(sweeps_, call_lane::sweep);
  const auto lane = !visitors_.empty() ? call_lane::visitor
                    : !others_.empty() ? call_lane::background
                                       : call_lane::sweep;
  if (waiting() == 0) return;
  const auto at = permits_.next_at(lane, time_.now());
  if (!at) return;  // the next call that ends pumps again
  pace_.expires_at(*at);
  pace_.async_wait([this](boost::system::error_code ec) {
    if (!ec) pump();
  });
}

void guarded_upstream::end_call() {
  permits_.give_back();
  pump();
}

asio::awaitable<result<upstream_answer>> guarded_upstream::attempt(upstream_request request) {
  const auto& queue = queue_of(request.lane);
  if (queue.size() >= waiting_max) co_return error(client_errc::overloaded, "too many calls wait");
  place mine(*this, request.lane);
  mine.timer().expires_after(limits_.timeout);
  pump();
  if (!mine.granted()) co_await mine.timer().async_wait(use_result);
  if (!mine.granted()) co_return error(client_errc::overloaded, "no permit in time");
  // Asked only now: while it waited the breaker may have opened, or its probe become due.
  if (!breaker_.allow(time_.now())) co_return error(client_errc::breaker_open);
  mine.answer_pending(true);
  auto answer = co_await inner_->fetch(std::move(request));
  mine.answer_pending(false);
  breaker_.report(answer.has_value() || !upstream_failed(answer.error()), time_.now());
  co_return answer;
}

void guarded_upstream::count(const result<upstream_answer>& answer) {
  auto which = call_result::ok;
  if (!answer) {
    const auto& code = answer.error().code;
    const bool refused = code == client_errc::breaker_open || code == client_errc::overloaded;
    which = refused                          ? call_result::refused
            : code == client_errc::timed_out ? call_result::timeout
                                             : call_result::error;
  }
  const auto at = static_cast<std::size_t>(which);
  ++calls_[at];
  if (counters_[at] != nullptr) counters_[at]->add();
}

void guarded_upstream::count_in(metrics& m) {
  constexpr std::array names{"ok", "error", "timeout", "refused"};
  for (std::size_t i = 0; i < names.size(); ++i)
    counters_[i] = &m.make_counter("freshet_upstream_calls_total",
                                   "Calls to upstreams, retries among them, by result.",
                                   {{"upstream", std::string(name())}, {"result", names[i]}});
}

asio::awaitable<result<upstream_answer>> guarded_upstream::fetch(upstream_request request) {
  for (std::uint32_t tried = 0;; ++tried) {
    auto copy = request;
    auto answer = co_await attempt(std::move(copy));
    count(answer);
    if (answer || tried >= limits_.retries || !worth_retrying(answer.error())) co_return answer;
    const auto after = retry_after_of(answer.error().code);
    if (after > limits_.timeout) co_return answer;
    asio::steady_timer pause(ex_, retry_delay(tried, after, random_()));
    co_await pause.async_wait(use_result);
  }
}

}  // namespace freshet
