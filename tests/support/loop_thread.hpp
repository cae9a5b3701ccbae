#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <thread>

#include "core/async/task_scope.hpp"

namespace freshet::test {

/// A loop in a thread of its own, with a scope; every exception of a child ends in `thrown`.
class loop_thread {
 public:
  loop_thread() : thread_([this] { ctx_.run(); }) {}
  ~loop_thread() { stop(); }
  loop_thread(const loop_thread&) = delete;

  boost::asio::io_context::executor_type executor() { return ctx_.get_executor(); }
  task_scope& scope() { return scope_; }
  std::size_t thrown() const { return thrown_; }

  /// Calls `f` over there and waits for it.
  template <class F>
  auto call(F f) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(f));
    auto done = task.get_future();
    boost::asio::post(ctx_, std::move(task));
    return done.get();
  }
  /// Starts a child over there and returns when it has come to its first suspension.
  template <class Make>
  void start(Make make) {
    call([this, make] { scope_.spawn("test", make()); });
  }

  /// Closes the scope and ends the thread.
  void stop() {
    if (!thread_.joinable()) return;
    call([this] { closing_.spawn("close", close_scope(&scope_)); });
    work_.reset();
    thread_.join();
  }

 private:
  static boost::asio::awaitable<void> close_scope(task_scope* scope) { co_await scope->close(); }

  boost::asio::io_context ctx_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      ctx_.get_executor()};
  std::size_t thrown_ = 0;
  task_scope closing_{ctx_.get_executor(), [this](auto, auto) { ++thrown_; }};
  task_scope scope_{ctx_.get_executor(), [this](auto, auto) { ++thrown_; }};
  std::thread thread_;
};

}  // namespace freshet::test
