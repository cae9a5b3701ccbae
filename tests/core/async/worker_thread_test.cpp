#include "core/async/worker_thread.hpp"

#include <atomic>
#include <stdexcept>
#include <string>

#include "tests/support/loop_thread.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

/// A job that holds the worker until somebody opens it.
class gate {
 public:
  void open() { opened_.set_value(); }
  void wait_until_entered() { entered_.get_future().wait(); }
  void pass() {
    entered_.set_value();
    opened_.get_future().wait();
  }

 private:
  std::promise<void> entered_, opened_;
};

template <class F, class R>
asio::awaitable<void> into(worker_thread* worker, F job, std::optional<R>* out) {
  *out = co_await worker->run(std::move(job));
}

asio::awaitable<void> hold(worker_thread* worker, gate* g) {
  auto job = [g] { g->pass(); };
  co_await worker->run(std::move(job));
}

template <class R>
asio::awaitable<void> signal_result(worker_thread* worker, std::function<R()> job,
                                    std::promise<result<R>>* out) {
  out->set_value(co_await worker->run(std::move(job)));
}

std::function<int()> seven() {
  return [] { return 7; };
}

TEST(WorkerThread, AValueArrivesOnTheCallersLoop) {
  asio::io_context ctx(1);
  worker_thread worker("worker", 4);
  std::optional<result<std::thread::id>> out;
  test::run(ctx, into(&worker, [] { return std::this_thread::get_id(); }, &out));
  ASSERT_TRUE(out && *out);
  EXPECT_NE(out->value(), std::this_thread::get_id());
  EXPECT_EQ(worker.counts().done, 1u);
}

TEST(WorkerThread, AResultStaysAResult) {
  asio::io_context ctx(1);
  worker_thread worker("worker", 4);
  std::optional<result<int>> out;
  test::run(ctx, into(&worker, []() -> result<int> { return fail(errc::malformed, "no"); }, &out));
  ASSERT_TRUE(out && out->has_error());
  EXPECT_EQ(out->error().code, errc::malformed);
}

TEST(WorkerThread, AnExceptionReachesTheWaiter) {
  asio::io_context ctx(1);
  worker_thread worker("worker", 4);
  std::optional<result<int>> out;
  auto job = []() -> int { throw std::runtime_error("job"); };
  EXPECT_THROW(test::run(ctx, into(&worker, job, &out)), std::runtime_error);
  EXPECT_FALSE(out);
}

TEST(WorkerThread, AFullQueueRefuses) {
  gate g;
  std::promise<result<int>> queued, refused;
  worker_thread worker("worker", 1);
  test::loop_thread loop;
  loop.start([&] { return hold(&worker, &g); });
  g.wait_until_entered();
  loop.start([&] { return signal_result<int>(&worker, seven(), &queued); });
  EXPECT_EQ(worker.counts().waiting, 1u);
  loop.start([&] { return signal_result<int>(&worker, seven(), &refused); });
  auto answer = refused.get_future().get();
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, errc::overloaded);
  EXPECT_EQ(worker.counts().refused, 1u);
  g.open();
  EXPECT_EQ(queued.get_future().get().value(), 7);
}

TEST(WorkerThread, StopAnswersThoseThatWait) {
  gate g;
  std::promise<result<int>> queued, late;
  worker_thread worker("worker", 4);
  test::loop_thread loop;
  loop.start([&] { return hold(&worker, &g); });
  g.wait_until_entered();
  loop.start([&] { return signal_result<int>(&worker, seven(), &queued); });
  std::thread stopping([&] { worker.stop(); });
  EXPECT_EQ(queued.get_future().get().error().code, errc::closed);  // before the job in hand ended
  g.open();
  stopping.join();
  loop.start([&] { return signal_result<int>(&worker, seven(), &late); });
  EXPECT_EQ(late.get_future().get().error().code, errc::closed);
  EXPECT_EQ(worker.counts().dropped, 1u);
  worker.stop();
}

TEST(WorkerThread, ACancelledWaiterLeavesAtOnceAndItsJobNeverBegins) {
  gate g;
  worker_thread worker("worker", 4);
  std::atomic<bool> began = false;
  test::loop_thread holder;
  holder.start([&] { return hold(&worker, &g); });
  g.wait_until_entered();
  std::promise<result<int>> queued;
  {
    test::loop_thread loop;
    std::function<int()> job = [&] { return began = true, 1; };
    loop.start([&] { return signal_result<int>(&worker, job, &queued); });
    loop.stop();  // cancels, while the worker is busy with something else
    EXPECT_EQ(queued.get_future().get().error().code, asio::error::operation_aborted);
  }
  g.open();
  worker.stop();
  EXPECT_FALSE(began);
}

TEST(WorkerThread, ALoopMayDieWhileItsJobRuns) {
  gate g;
  worker_thread worker("worker", 4);
  {
    asio::io_context ctx(1);
    asio::co_spawn(ctx, hold(&worker, &g), [](std::exception_ptr) {});
    ctx.poll();
    g.wait_until_entered();
  }  // the frame dies with the loop; the job's answer has nowhere to go
  g.open();
  worker.stop();
  EXPECT_EQ(worker.counts().done, 1u);
}

/// Counts how the calls of one child end, until it is cancelled.
struct tally {
  std::uint64_t good = 0, aborted = 0, overloaded = 0, bad = 0;
  std::atomic<std::uint64_t> closed = 0;
};

asio::awaitable<void> call_for_ever(worker_thread* worker, tally* ends) {
  for (std::uint64_t i = 0;; ++i) {
    auto job = [i] { return std::make_unique<std::uint64_t>(i); };
    auto got = co_await worker->run(std::move(job));
    if (got && **got == i) {
      ++ends->good;
    } else if (got) {
      ++ends->bad;
    } else if (got.error().code == errc::overloaded) {
      ++ends->overloaded;
      co_await asio::post(co_await asio::this_coro::executor, use_result);
    } else {
      if (got.error().code == errc::closed) {
        ++ends->closed;
      } else {
        ++ends->aborted;
      }
      co_return;
    }
  }
}

TEST(WorkerThread, ManyCallersAreCancelledInTheMiddle) {
  worker_thread worker("worker", 3);
  tally ends[2];
  {
    test::loop_thread a, b;
    for (int i = 0; i < 4; ++i) {
      a.start([&] { return call_for_ever(&worker, &ends[0]); });
      b.start([&] { return call_for_ever(&worker, &ends[1]); });
    }
    while (worker.counts().done < 500) std::this_thread::yield();
    a.stop();
    worker.stop();
    while (ends[1].closed < 4) std::this_thread::yield();
    b.stop();
    EXPECT_EQ(a.thrown() + b.thrown(), 0u);
  }
  EXPECT_EQ(ends[0].bad + ends[1].bad, 0u);
  EXPECT_GT(ends[0].good + ends[1].good, 0u);
  EXPECT_EQ(ends[0].closed, 0u);
}

}  // namespace
}  // namespace freshet
