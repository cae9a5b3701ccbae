#include "connectors/upstream/limits/guarded_upstream.hpp"

#include <algorithm>

#include "connectors/upstream/limits/batch_planner.hpp"
#include "connectors/upstream/limits/retry.hpp"
#include "core/async/tokens.hpp"

namespace freshet {

constexpr std::size_t waiting_least = 1024;
/// Events that never end must not stop the sweep, which is the net under those that are missed.
constexpr std::size_t sweep_every = 16;
/// Visitors of cold pages that never end must not stop what keeps the other pages fresh.
constexpr std::size_t others_every = 16;

/// What became of one fetch in one call.
struct guarded_upstream::outcome {
  result<upstream_answer> answer;
  std::size_t together = 1;  // fetches in the call
  bool spoiled = false;      // the call failed as a whole
  bool given_up = false;     // whoever led the call left it: this is nobody's answer
  std::uint64_t random = 0;  // the same for all, so that who pauses is together again
};

/// A place in the queue, then a permit, or a part in another's call: all are given back however the
/// coroutine ends.
class guarded_upstream::place {
 public:
  place(guarded_upstream& owner, upstream_request request, std::size_t most)
      : owner_(owner),
        queue_(owner.queue_of(request.lane)),
        timer_(owner.ex_),
        request_(std::move(request)),
        most_(most) {
    if (owner.limits_.batch > 1) group_ = owner.inner_->group_of(request_);
    timer_.expires_after(owner.limits_.timeout);
    queue_.push_back(this);
  }
  ~place() {
    if (is_ == stage::waiting) queue_.remove(this);
    if (leader_ != nullptr) *std::ranges::find(leader_->crew_, this) = nullptr;
    const error gone(client_errc::overloaded, "the call that it was a part of was given up");
    outcome as{gone};
    as.given_up = true;
    bring(as, {gone});
    if (probing_) owner_.breaker_.abandon();
    if (is_ == stage::granted) owner_.end_call();
  }
  place(const place&) = delete;

  bool is_waiting() const { return is_ == stage::waiting; }
  bool is_carried() const { return leader_ != nullptr; }
  bool is_granted() const { return is_ == stage::granted; }
  asio::steady_timer& timer() { return timer_; }
  outcome& brought() { return *brought_; }
  void answer_pending(bool pending) { probing_ = pending; }
  batch_item item() const {
    return {group_, std::max<std::size_t>(request_.calls.size(), 1), most_};
  }

  /// REQUIRES: it has left the queue.
  void grant() {
    is_ = stage::granted;
    timer_.cancel();
  }
  void carry(place& other) {
    crew_.push_back(&other);
    other.is_ = stage::taken;
    other.leader_ = this;
    other.timer_.expires_at(mono_time::max());  // the call has a time limit of its own
  }
  /// Its own request, then those that it carries.
  std::vector<upstream_request> cargo() {
    std::vector<upstream_request> all;
    std::erase(crew_, nullptr);
    all.push_back(std::move(request_));
    for (auto* each : crew_) all.push_back(std::move(each->request_));
    return all;
  }
  /// Their answers, behind its own; one answer is everybody's.
  void bring(const outcome& as, const answers& all) {
    for (std::size_t i = 0; i < crew_.size(); ++i) {
      auto* to = crew_[i];
      if (to == nullptr) continue;
      to->brought_ = as;
      to->brought_->answer = all[std::min(i + 1, all.size() - 1)];
      to->leader_ = nullptr;
      to->timer_.cancel();
    }
    crew_.clear();
  }

 private:
  enum class stage : std::uint8_t { waiting, granted, taken };
  guarded_upstream& owner_;
  std::list<place*>& queue_;
  asio::steady_timer timer_;
  upstream_request request_;
  std::size_t most_;
  std::string group_;
  stage is_ = stage::waiting;
  bool probing_ = false;
  place* leader_ = nullptr;
  std::vector<place*> crew_;  // null: its coroutine has ended
  std::optional<outcome> brought_;
};

guarded_upstream::guarded_upstream(asio::io_context::executor_type ex, const clock& time,
                                   std::unique_ptr<upstream> inner, config::upstream_limits limits,
                                   std::uint64_t seed)
    : ex_(ex),
      time_(time),
      inner_(std::move(inner)),
      limits_(limits),
      permits_(limits.concurrency, limits.rate, time.now()),
      waiting_max_(
          std::max<std::size_t>(waiting_least, std::size_t{4} * limits.concurrency * limits.batch)),
      pace_(ex),
      soon_(ex),
      random_(seed) {}

std::list<guarded_upstream::place*>& guarded_upstream::queue_of(call_lane lane) {
  return lane == call_lane::visitor ? visitors_ : lane == call_lane::sweep ? sweeps_ : others_;
}

std::size_t guarded_upstream::grant(std::list<place*>& lane, call_lane which, std::size_t most) {
  std::size_t granted = 0;
  for (; granted < most && !lane.empty() && permits_.try_take(which, time_.now()); ++granted) {
    auto* const oldest = lane.front();
    if (limits_.batch > 1 && lane.size() > 1) {
      std::vector<batch_item> waiting;
      for (const auto* each : lane) waiting.push_back(each->item());
      const auto taken = plan_batch(waiting, limits_.batch);
      auto at = std::next(lane.begin());
      for (std::size_t i = 1, n = 1; n < taken.size(); ++i) {
        if (i != taken[n]) {
          ++at;
          continue;
        }
        oldest->carry(**at);
        at = lane.erase(at);
        ++n;
      }
    }
    lane.pop_front();
    oldest->grant();
  }
  return granted;
}

void guarded_upstream::pump() {
  if (visits_ >= others_every && grant(others_, call_lane::visitor, 1) > 0) visits_ = 0;
  const auto visits = grant(visitors_, call_lane::visitor);
  visits_ = others_.empty() ? 0 : visits_ + visits;
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
  pace_.async_wait([this, here = std::weak_ptr(here_)](boost::system::error_code ec) {
    if (!ec && !here.expired()) pump();
  });
}

/// Behind what this turn of the loop still brings: one turn of the scheduler begins many refreshes.
void guarded_upstream::pump_soon() {
  if (std::exchange(pumps_soon_, true)) return;
  soon_.expires_after(std::chrono::nanoseconds{0});
  soon_.async_wait([this, here = std::weak_ptr(here_)](boost::system::error_code ec) {
    if (ec || here.expired()) return;
    pumps_soon_ = false;
    pump();
  });
}

void guarded_upstream::end_call() {
  permits_.give_back();
  pump();
}

guarded_upstream::outcome guarded_upstream::refused(client_errc why, std::string detail) {
  outcome out{error(why, std::move(detail))};
  count(out.answer);
  return out;
}

asio::awaitable<guarded_upstream::answers> guarded_upstream::call(
    std::vector<upstream_request> requests) {
  questions_ += requests.size();
  if (questions_counter_ != nullptr) questions_counter_->add(requests.size());
  if (requests.size() > 1) co_return co_await inner_->fetch_all(std::move(requests));
  answers all;
  all.push_back(co_await inner_->fetch(std::move(requests.front())));
  co_return all;
}

asio::awaitable<guarded_upstream::outcome> guarded_upstream::attempt(upstream_request request,
                                                                     std::size_t most) {
  const bool visitor = request.lane == call_lane::visitor;
  if (queue_of(request.lane).size() >= waiting_max_)
    co_return refused(client_errc::overloaded, "too many calls wait");
  place mine(*this, std::move(request), most);
  // A visitor waits for nobody, not even for the end of this turn.
  visitor || limits_.batch == 1 ? pump() : pump_soon();
  while (mine.is_waiting() || mine.is_carried()) {
    const auto [ec] = co_await mine.timer().async_wait(use_result);
    if (mine.is_waiting() && !ec) co_return refused(client_errc::overloaded, "no permit in time");
  }
  if (!mine.is_granted()) co_return std::move(mine.brought());
  outcome out{error(client_errc::breaker_open)};
  // Asked only now: while it waited the breaker may have opened, or its probe become due.
  if (!breaker_.allow(time_.now())) {
    out = refused(client_errc::breaker_open, {});
    mine.bring(out, {out.answer});
    co_return out;
  }
  mine.answer_pending(true);
  auto cargo = mine.cargo();
  out.together = cargo.size();
  auto all = co_await call(std::move(cargo));
  mine.answer_pending(false);
  const auto well = [](const auto& each) { return each || !upstream_failed(each.error()); };
  const auto same = [&](const auto& each) {
    return !each && each.error().code == all.front().error().code;
  };
  breaker_.report(std::ranges::any_of(all, well), time_.now());
  out.spoiled = !all.front() && all.front().error().code != client_errc::fault &&
                std::ranges::all_of(all, same);
  out.random = random_();
  const auto good = std::ranges::find_if(all, [](const auto& each) { return each.has_value(); });
  count(good == all.end() ? all.front() : *good);
  mine.bring(out, all);
  out.answer = std::move(all.front());
  co_return out;
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
  questions_counter_ = &m.make_counter(
      "freshet_upstream_questions_total",
      "Fetches that calls to upstreams carried; more than calls where they share them.",
      {{"upstream", std::string(name())}});
}

asio::awaitable<result<upstream_answer>> guarded_upstream::fetch(upstream_request request) {
  std::size_t most = limits_.batch;
  for (std::uint32_t tried = 0;;) {
    auto copy = request;
    auto got = co_await attempt(std::move(copy), most);
    if (got.given_up) continue;
    if (got.answer) co_return std::move(got.answer);
    const auto& why = got.answer.error();
    const bool shared = got.together > 1;
    if (shared && why.code == client_errc::ask_alone) {
      most = 1;
      continue;
    }
    if (!worth_retrying(why)) {
      // Whose fault it is, is found out in smaller calls; that costs no try.
      if (!shared || !got.spoiled) co_return std::move(got.answer);
      most = smaller_batch(got.together, false);
      continue;
    }
    const auto after = retry_after_of(why.code);
    if (tried >= limits_.retries || after > limits_.timeout) co_return std::move(got.answer);
    asio::steady_timer pause(ex_, retry_delay(tried, after, got.random));
    ++tried;
    if (shared) most = smaller_batch(got.together, tried == limits_.retries);
    co_await pause.async_wait(use_result);
  }
}

}  // namespace freshet
