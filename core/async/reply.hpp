#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>

#include "core/async/tokens.hpp"
#include "core/result.hpp"

namespace freshet {

namespace asio = boost::asio;

namespace detail {

template <class T>
struct flatten {
  using type = result<T>;
};
template <class T>
struct flatten<result<T>> {
  using type = result<T>;
};

}  // namespace detail

/// result<T>, and a T that is a result already stays what it is.
template <class T>
using flat_result = typename detail::flatten<T>::type;

/// The place where another thread leaves the one thing that a coroutine waits for.
///
/// Shape:    R is a result<T>. The first delivery counts, later ones are dropped.
/// Errors:   what was delivered; operation_aborted (as a value) when the waiter was cancelled; a
///           delivered exception is rethrown to the waiter.
/// Lifetime: shared by the two sides. When the waiter leaves, for whatever reason (its frame may
///           be destroyed by ~io_context), it says so under the lock, and nothing is posted to its
///           loop from then on. So the waiter's io_context must outlive the waiter, nothing more.
/// Threads:  deliver() and abandoned() any; the rest on the waiter's loop.
template <class R>
class reply : public std::enable_shared_from_this<reply<R>> {
 public:
  explicit reply(asio::any_io_executor waiter) : waiter_(std::move(waiter)) {}

  void deliver(R value) { deliver(std::optional<R>(std::move(value)), nullptr); }
  void deliver(std::exception_ptr thrown) { deliver(std::nullopt, std::move(thrown)); }

  /// Nobody waits any more: what is not begun need not begin.
  bool abandoned() const {
    const std::lock_guard lock(mutex_);
    return abandoned_;
  }
  bool delivered() const {
    const std::lock_guard lock(mutex_);
    return delivered_;
  }

  /// Waits for the delivery. Called once.
  static asio::awaitable<R> wait(std::shared_ptr<reply> self) {
    asio::steady_timer arrival(self->waiter_, asio::steady_timer::time_point::max());
    const leaving at_the_end{*self};
    self->arrival_ = &arrival;
    if (!self->arrived_) co_await arrival.async_wait(use_result);
    if (!self->arrived_) co_return error{asio::error::operation_aborted};
    if (self->thrown_) std::rethrow_exception(std::move(self->thrown_));
    co_return std::move(*self->value_);
  }

 private:
  struct leaving {
    reply& of;
    ~leaving() { of.abandon(); }
  };

  void deliver(std::optional<R> value, std::exception_ptr thrown) {
    const std::lock_guard lock(mutex_);
    if (delivered_ || abandoned_) return;
    delivered_ = true;
    value_ = std::move(value);
    thrown_ = std::move(thrown);
    // Under the lock: a waiter that leaves at this moment is either seen, or waits for the post.
    asio::post(waiter_, [self = this->shared_from_this()] { self->arrive(); });
  }

  void arrive() {
    arrived_ = true;
    if (arrival_ != nullptr) arrival_->cancel();
  }

  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    arrival_ = nullptr;
    value_.reset();
    thrown_ = nullptr;
  }

  asio::any_io_executor waiter_;
  mutable std::mutex mutex_;
  bool delivered_ = false;
  bool abandoned_ = false;
  std::optional<R> value_;
  std::exception_ptr thrown_;
  // The waiter's loop only.
  bool arrived_ = false;
  asio::steady_timer* arrival_ = nullptr;
};

}  // namespace freshet
