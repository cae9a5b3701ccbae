#include "connectors/schedule/scheduler.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/async/tokens.hpp"

namespace freshet {

/// A running refresh's place in its group; given back however the coroutine ends.
class scheduler::seat {
 public:
  seat(scheduler& owner, std::size_t group, upstream_group::share of)
      : owner_(owner), group_(group), of_(of) {}
  ~seat() {
    owner_.groups_[group_].give_back(of_);
    owner_.wake();
  }
  seat(const seat&) = delete;

 private:
  scheduler& owner_;
  std::size_t group_;
  upstream_group::share of_;
};

scheduler::scheduler(asio::io_context::executor_type ex, const clock& time,
                     const config::settings& settings, page_store& store, refresher& refreshes,
                     std::vector<guarded_upstream*> upstreams, task_scope::sink on_error,
                     metrics& m)
    : time_(time),
      store_(store),
      refreshes_(refreshes),
      sleep_(ex),
      ex_(ex),
      refreshing_(ex, std::move(on_error)) {
  for (std::size_t u = 0; u < settings.upstreams.size(); ++u) {
    breakers_.push_back({u < upstreams.size() ? upstreams[u] : nullptr, {}, true});
    const auto& limits = settings.upstreams[u].limits;
    groups_.emplace_back(limits.concurrency, limits.batch);
  }
  for (std::size_t p = 0; p < settings.pages.size(); ++p) {
    const auto id = static_cast<class_id>(p);
    const auto& parts = refreshes_.recipe(id).parts;
    if (parts.empty() || !settings.pages[p].store) continue;
    groups_[parts.front().upstream].add(id);
    if (const auto period = settings.pages[p].sweep; period.count() > 0)
      groups_[parts.front().upstream].sweep(id, period, time.now());
    for (const auto& part : parts) {
      auto& users = breakers_[part.upstream].users;
      if (users.empty() || users.back() != id) users.push_back(id);
    }
  }
  refreshes_.on_trouble([this](std::size_t upstream) { return asked_again(upstream); });
  count_metrics(m);
}

scheduler::~scheduler() {
  refreshes_.on_trouble([](std::size_t) { return std::nullopt; });
}

void scheduler::count_metrics(metrics& m) {
  turns_ = &m.make_counter("freshet_scheduler_turns_total", "Turns of the scheduler.");
  probes_ = &m.make_counter("freshet_breaker_probes_total",
                            "Refreshes begun to see whether an upstream answers again.");
  m.make_gauge("freshet_queue_pages", "Pages that wait for their refresh.",
               [this] { return static_cast<double>(store_.book().queued()); });
  m.make_gauge("freshet_refreshes_running", "Refreshes that are up.",
               [this] { return static_cast<double>(running()); });
  m.make_gauge("freshet_parked_pages", "Pages that were given up for a while.",
               [this] { return static_cast<double>(store_.book().parked()); });
}

const circuit_breaker* scheduler::breaker(std::size_t upstream) const {
  const auto* of = breakers_[upstream].of;
  return of == nullptr ? nullptr : &of->breaker();
}

std::optional<mono_time> scheduler::asked_again(std::size_t upstream) const {
  const auto* is = breaker(upstream);
  if (is == nullptr || is->now_state() == circuit_breaker::state::closed) return std::nullopt;
  return is->opens_again();
}

void scheduler::wake() {
  if (woken_) return;
  woken_ = true;
  sleep_.cancel();
}

asio::awaitable<void> scheduler::run() {
  const bool threw = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr broken;
  try {
    co_await loop();
  } catch (...) {
    broken = std::current_exception();  // the refreshes have to be awaited all the same
  }
  co_await refreshing_.close();
  co_await asio::this_coro::throw_if_cancelled(threw);
  if (broken) std::rethrow_exception(broken);
}

asio::awaitable<void> scheduler::loop() {
  auto state = co_await asio::this_coro::cancellation_state;
  while (state.cancelled() == asio::cancellation_type::none) {
    woken_ = false;
    turns_->add();
    const auto now = time_.now();
    if (turn(now)) {
      co_await asio::post(ex_, asio::deferred);
      continue;
    }
    if (woken_) {  // by what the turn itself did
      co_await asio::post(ex_, asio::deferred);
      continue;
    }
    const auto due = next_turn();
    if (due) {
      sleep_.expires_after(std::max<std::chrono::nanoseconds>(*due - time_.now(), {}));
    } else {
      sleep_.expires_at(mono_time::max());
    }
    co_await sleep_.async_wait(use_result);
  }
}

/// True when there is more to do at once.
bool scheduler::turn(mono_time began) {
  follow_breakers(began);
  const bool more = store_.tick(began);
  return start_due(began) || more;
}

bool scheduler::start_due(mono_time began) {
  std::size_t idle = 0;
  for (std::size_t started = 0; idle < groups_.size();) {
    if (started == turn_claims || time_.now() - began > turn_budget) return true;
    next_group_ = (next_group_ + 1) % groups_.size();
    const auto* gate = breaker(next_group_);
    auto next = groups_[next_group_].take(store_, gate, time_.now());
    if (!next) next = groups_[next_group_].take_sweep(store_, gate, time_.now(), time_.wall_now());
    if (!next) {
      ++idle;
      continue;
    }
    idle = 0;
    ++started;
    if (next->of == upstream_group::share::probe) probes_->add();
    refreshing_.spawn("refresh", refresh(std::move(next->what), next_group_, next->of));
  }
  return false;
}

asio::awaitable<void> scheduler::refresh(claim c, std::size_t group, upstream_group::share taken) {
  const seat mine(*this, group, taken);
  co_await refreshes_.run(std::move(c));
}

/// A breaker is moved by the calls themselves; what follows from it for the ledger is done here.
void scheduler::follow_breakers(mono_time now) {
  for (std::size_t u = 0; u < breakers_.size(); ++u) {
    auto& b = breakers_[u];
    const bool closed = !asked_again(u);
    if (closed == b.closed) continue;
    b.closed = closed;
    for (const auto page : b.users) {
      bool open = false;
      for (const auto& other : breakers_)
        open |= !other.closed && std::ranges::find(other.users, page) != other.users.end();
      store_.book().set_breaker(page, open);
      if (closed && !open) store_.book().rearm(page, now, rearm_spread);
    }
  }
}

std::optional<mono_time> scheduler::next_turn() const {
  auto due = store_.next_due();
  const auto consider = [&due](std::optional<mono_time> at) {
    if (at && (!due || *at < *due)) due = at;
  };
  for (std::size_t u = 0; u < groups_.size(); ++u) {
    if (!asked_again(u)) consider(groups_[u].next_sweep());
    std::size_t ready = 0;
    for (const auto page : groups_[u].classes()) ready += store_.book().ready(page);
    // Only while somebody waits for the answer: a probe needs a page.
    if (ready > 0) consider(groups_[u].next_probe(breaker(u)));
  }
  return due;
}

}  // namespace freshet
