#include "core/async/call_on.hpp"

namespace freshet {

struct call_target::ending {
  call_target& target;
  const call_ptr& call;
  ~ending() { target.end(call); }
};

errc call_target::begin(call_ptr call) {
  const std::lock_guard lock(mutex_);
  if (closed_) return errc::closed;
  if (calls_.size() >= calls_max_) {
    ++refused_;
    return errc::overloaded;
  }
  calls_.insert(call);
  // Under the lock: after close() nothing is posted to a loop that may be gone.
  asio::post(there_, [self = shared_from_this(), call = std::move(call)] { self->start(call); });
  return errc::ok;
}

void call_target::leave(const call_ptr& call) {
  const std::lock_guard lock(mutex_);
  if (closed_ || !calls_.contains(call)) return;
  asio::post(there_, [call] { call->cancel(); });
}

void call_target::start(const call_ptr& call) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;  // close() has answered
  }
  if (call->abandoned()) return end(call);
  if (scope_.spawn("call from another loop", run(shared_from_this(), call))) return;
  call->refuse(fail(errc::closed, "the other loop is stopping"));
  end(call);
}

asio::awaitable<void> call_target::run(std::shared_ptr<call_target> self, call_ptr call) {
  const ending at_the_end{*self, call};
  co_await call->run(call);
}

void call_target::end(const call_ptr& call) {
  const std::lock_guard lock(mutex_);
  calls_.erase(call);
}

void call_target::close() {
  absl::flat_hash_set<call_ptr> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(calls_);
  }
  for (const auto& call : left) call->refuse(fail(errc::closed, "the other loop is stopping"));
}

std::size_t call_target::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

std::uint64_t call_target::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace freshet
