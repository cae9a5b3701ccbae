#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>

#include "core/async/reply.hpp"

namespace freshet {

/// One named thread behind a bounded queue: where a loop sends work that would hold it up.
///
/// Shape:    jobs run one after the other, in order; at most `queue_max` wait. A job owns what it
///           works on: its waiter may be gone while it runs.
/// Errors:   overloaded when the queue is full, closed after stop(), operation_aborted when the
///           waiter was cancelled; what a job throws is rethrown to its waiter.
/// Lifetime: stop() or the destructor waits for the job in hand. Loops whose coroutines wait here
///           may end before or after: see reply.
/// Threads:  run() on any loop; stop() on any thread but its own.
class worker_thread {
 public:
  struct figures {
    std::size_t waiting = 0;
    std::uint64_t done = 0;
    std::uint64_t refused = 0;  // the queue was full
    std::uint64_t dropped = 0;  // by stop(), or nobody waited any more
  };

  /// `name` as the system shows it, at most 15 bytes.
  worker_thread(std::string name, std::size_t queue_max);
  ~worker_thread();
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  /// Runs `job` over there; its value (a result stays a result) arrives on the caller's loop.
  template <class F>
  asio::awaitable<flat_result<std::invoke_result_t<F&>>> run(F job) {
    using outcome = flat_result<std::invoke_result_t<F&>>;
    auto answer = std::make_shared<reply<outcome>>(co_await asio::this_coro::executor);
    if (const auto refused = push(std::make_unique<work_of<F>>(std::move(job), answer));
        refused != errc::ok) {
      co_return fail(refused, refusal(refused));
    }
    co_return co_await reply<outcome>::wait(std::move(answer));
  }

  /// Ends the job in hand, answers `closed` to all that wait, and joins. Idempotent.
  void stop();

  figures counts() const;
  const std::string& name() const { return name_; }

 private:
  struct work {
    virtual ~work() = default;
    /// False: nobody waits for it, it did not run.
    virtual bool run() = 0;
    virtual void answer() = 0;
    virtual void refuse(error why) = 0;
  };

  template <class F>
  struct work_of final : work {
    using value = std::invoke_result_t<F&>;
    using outcome = flat_result<value>;

    work_of(F f, std::shared_ptr<reply<outcome>> w) : job(std::move(f)), waiter(std::move(w)) {}
    bool run() override {
      if (waiter->abandoned()) return false;
      try {
        call();
      } catch (...) {
        thrown = std::current_exception();
      }
      job.reset();  // what it owned is gone when the waiter goes on
      return true;
    }
    void answer() override {
      made ? waiter->deliver(std::move(*made)) : waiter->deliver(std::move(thrown));
    }
    void refuse(error why) override { waiter->deliver(outcome(std::move(why))); }
    void call() {
      if constexpr (std::is_void_v<value>) {
        (*job)();
        made.emplace();
      } else {
        made.emplace((*job)());
      }
    }

    std::optional<F> job;
    std::shared_ptr<reply<outcome>> waiter;
    std::optional<outcome> made;
    std::exception_ptr thrown;
  };

  errc push(std::unique_ptr<work> w);
  std::string refusal(errc why) const;
  void work_for_ever();

  const std::string name_;
  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::unique_ptr<work>> queue_;
  figures figures_;
  bool stopped_ = false;
  std::mutex joining_;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace freshet
