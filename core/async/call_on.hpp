#pragma once

#include <absl/container/flat_hash_set.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>

#include "core/async/cancellation.hpp"
#include "core/async/reply.hpp"
#include "core/async/task_scope.hpp"

namespace freshet {

/// One call that crossed to another loop, as that loop sees it.
class call_in_flight {
 public:
  virtual ~call_in_flight() = default;
  /// On the target's loop.
  virtual asio::awaitable<void> run(std::shared_ptr<call_in_flight> self) = 0;
  /// On the target's loop: the caller has left.
  virtual void cancel() = 0;
  virtual bool abandoned() const = 0;
  /// Any thread.
  virtual void refuse(error why) = 0;
};

/// The way into a loop for coroutines of other loops.
///
/// Shape:    at most `calls_max` calls between begin() and the end of their coroutine over there.
/// Errors:   call_on() answers overloaded beyond that, closed after close().
/// Lifetime: shared by the loops. REQUIRES: close() before the target's scope closes and before its
///           io_context dies; whatever was under way then is answered `closed` at once, whether or
///           not the target's loop still runs. Callers' loops may end at any time.
/// Threads:  close() on the target's loop, or when that loop no longer runs; the rest any.
class call_target : public std::enable_shared_from_this<call_target> {
 public:
  call_target(asio::io_context::executor_type there, task_scope& scope, std::size_t calls_max)
      : there_(there), scope_(scope), calls_max_(calls_max) {}
  call_target(const call_target&) = delete;

  void close();

  std::size_t calls() const;
  std::uint64_t refused() const;  // too many at once

  /// For call_on(). `ok`, overloaded or closed.
  errc begin(std::shared_ptr<call_in_flight> call);
  /// For call_on(): the caller does not wait any more. Travels as a message.
  void leave(const std::shared_ptr<call_in_flight>& call);

 private:
  struct ending;
  using call_ptr = std::shared_ptr<call_in_flight>;

  static asio::awaitable<void> run(std::shared_ptr<call_target> self, call_ptr call);
  void start(const call_ptr& call);
  void end(const call_ptr& call);

  asio::io_context::executor_type there_;
  task_scope& scope_;  // touched on its own loop, and not after close()
  const std::size_t calls_max_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::uint64_t refused_ = 0;
  absl::flat_hash_set<call_ptr> calls_;
};

namespace detail {

template <class T>
class typed_call final : public call_in_flight {
 public:
  using outcome = flat_result<T>;
  using maker = std::function<asio::awaitable<T>()>;

  typed_call(maker make, std::shared_ptr<reply<outcome>> answer)
      : make_(std::move(make)), answer_(std::move(answer)) {}

  asio::awaitable<void> run(std::shared_ptr<call_in_flight> self) override {
    const auto keep = std::move(self);
    auto ex = co_await asio::this_coro::executor;
    asio::steady_timer left(ex, asio::steady_timer::time_point::max());
    const leaving_frame at_the_end{left_};
    left_ = &left;
    std::optional<outcome> made;
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(ex, fill(&made), asio::deferred), left.async_wait(asio::deferred));
    auto [order, thrown, left_ec] = co_await std::move(group).async_wait(
        asio::experimental::wait_for_one(), asio::use_awaitable);
    make_ = nullptr;  // what it owned is gone when the caller goes on
    if (made) {
      answer_->deliver(std::move(*made));
    } else if (is_cancellation(thrown)) {
      refuse(fail(errc::closed, "the other loop is stopping"));
    } else {
      answer_->deliver(std::move(thrown));
    }
  }
  void cancel() override {
    if (left_ != nullptr) left_->cancel();
  }
  bool abandoned() const override { return answer_->abandoned(); }
  void refuse(error why) override { answer_->deliver(outcome(std::move(why))); }

 private:
  struct leaving_frame {
    asio::steady_timer*& timer;
    ~leaving_frame() { timer = nullptr; }
  };

  asio::awaitable<void> fill(std::optional<outcome>* made) {
    if constexpr (std::is_void_v<T>) {
      co_await make_();
      made->emplace();
    } else {
      made->emplace(co_await make_());
    }
  }

  maker make_;
  std::shared_ptr<reply<outcome>> answer_;
  asio::steady_timer* left_ = nullptr;  // the target's loop only
};

/// Tells the target when the caller's frame ends before its answer came.
struct call_interest {
  std::shared_ptr<call_target> target;
  std::shared_ptr<call_in_flight> call;
  bool answered = false;
  ~call_interest() {
    if (!answered) target->leave(call);
  }
};

}  // namespace detail

/// Runs what `make` makes on another loop and awaits its value (a result stays a result) on the
/// caller's own.
///
/// Errors:  overloaded, closed; operation_aborted as a value when the caller was cancelled: at
///          once, and the other loop cancels its part when the message arrives there. What the
///          coroutine over there throws is rethrown here.
/// Threads: `make` is called over there and may die on either side: it owns what it takes along.
template <class T>
asio::awaitable<flat_result<T>> call_on(std::shared_ptr<call_target> target,
                                        std::function<asio::awaitable<T>()> make) {
  using outcome = flat_result<T>;
  auto answer = std::make_shared<reply<outcome>>(co_await asio::this_coro::executor);
  auto call = std::make_shared<detail::typed_call<T>>(std::move(make), answer);
  if (const auto refused = target->begin(call); refused != errc::ok) {
    co_return fail(refused, refused == errc::closed ? "the other loop is stopping"
                                                    : "too many calls to the other loop");
  }
  detail::call_interest interest{std::move(target), std::move(call)};
  auto value = co_await reply<outcome>::wait(answer);
  interest.answered = answer->delivered();
  co_return value;
}

}  // namespace freshet
