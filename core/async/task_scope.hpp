#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <list>
#include <string_view>

namespace freshet {

namespace asio = boost::asio;

/// Owner of background coroutines: nothing runs that nobody awaits.
///
/// Shape:    any number of children; a child's name is a literal.
/// Errors:   an exception that leaves a child goes to the sink with the child's name; cancellations
///           while closing are dropped.
/// Lifetime: the last member of its owner; close() must have been awaited before the destructor.
/// Threads:  the thread of the io_context only.
/// Source:   Seastar's gate, userver's BackgroundTaskStorage.
class task_scope {
 public:
  using sink = std::function<void(std::string_view name, std::exception_ptr)>;

  task_scope(asio::io_context::executor_type ex, sink on_error)
      : ex_(ex), drained_(ex), on_error_(std::move(on_error)) {}
  ~task_scope();
  task_scope(const task_scope&) = delete;
  task_scope& operator=(const task_scope&) = delete;

  /// Starts `op` (inline up to its first suspension). False when the scope is closed: `op` never
  /// ran.
  bool spawn(std::string_view name, asio::awaitable<void> op);

  /// Cancels every child and waits for all of them. REQUIRES: not called from a child.
  asio::awaitable<void> close();

  std::size_t size() const { return children_.size(); }
  bool closed() const { return closed_; }

 private:
  struct child {
    std::string_view name;
    asio::cancellation_signal signal;
  };

  void finish(std::list<child>::iterator child, std::exception_ptr error);

  asio::io_context::executor_type ex_;
  std::list<child> children_;  // a signal must not move
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      drained_;
  sink on_error_;
  bool closed_ = false;
};

}  // namespace freshet
