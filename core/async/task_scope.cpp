#include "core/async/task_scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cassert>

#include "core/async/cancellation.hpp"
#include "core/async/tokens.hpp"

namespace freshet {

task_scope::~task_scope() { assert(children_.empty() && "close() a scope before it dies"); }

bool task_scope::spawn(std::string_view name, asio::awaitable<void> op) {
  if (closed_) return false;
  auto child = children_.emplace(children_.end());
  child->name = name;
  auto on_done = [this, child](std::exception_ptr error) { finish(child, error); };
  asio::co_spawn(ex_, std::move(op), asio::bind_cancellation_slot(child->signal.slot(), on_done));
  return true;
}

void task_scope::finish(std::list<child>::iterator child, std::exception_ptr error) {
  const auto name = child->name;
  children_.erase(child);
  if (closed_ && children_.empty()) drained_.cancel();
  if (error && !(closed_ && is_cancellation(error))) on_error_(name, error);
}

asio::awaitable<void> task_scope::close() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  closed_ = true;
  for (auto it = children_.begin(); it != children_.end();) {
    auto& child = *it++;  // the signal may end the child inline, which erases it
    child.signal.emit(asio::cancellation_type::terminal);
  }
  while (!children_.empty()) {
    drained_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await drained_.async_wait(use_result);
  }
}

}  // namespace freshet
