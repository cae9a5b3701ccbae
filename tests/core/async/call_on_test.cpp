#include "core/async/call_on.hpp"

#include <atomic>
#include <stdexcept>
#include <string>

#include "core/async/timeout.hpp"
#include "tests/support/loop_thread.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using test::loop_thread;

std::shared_ptr<call_target> target_of(loop_thread& loop, std::size_t calls_max = 64) {
  return std::make_shared<call_target>(loop.executor(), loop.scope(), calls_max);
}

asio::awaitable<std::thread::id> here() { co_return std::this_thread::get_id(); }

/// Never ends by itself; says that it began, and that it was cancelled.
struct witness {
  std::promise<void> began, ended;
};
asio::awaitable<int> wait_for_ever(witness* w) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  w->began.set_value();
  co_await timer.async_wait(use_result);
  w->ended.set_value();
  co_return 1;
}

asio::awaitable<int> throw_at_once() {
  throw std::runtime_error("over there");
  co_return 1;
}

template <class T>
asio::awaitable<void> ask(std::shared_ptr<call_target> target,
                          std::function<asio::awaitable<T>()> make,
                          std::promise<flat_result<T>>* out) {
  try {
    out->set_value(co_await call_on<T>(std::move(target), std::move(make)));
  } catch (...) {
    out->set_exception(std::current_exception());
  }
}

struct pending {
  witness seen;
  std::promise<result<int>> answer;
  std::function<asio::awaitable<int>()> make() {
    return [this] { return wait_for_ever(&seen); };
  }
};

TEST(CallOn, RunsOverThereAndAnswersHere) {
  std::promise<result<std::thread::id>> out;
  loop_thread a, b;
  auto target = target_of(b);
  a.start([&] { return ask<std::thread::id>(target, here, &out); });
  const auto there = b.call([] { return std::this_thread::get_id(); });
  EXPECT_EQ(out.get_future().get().value(), there);
  b.call([] {});
  EXPECT_EQ(target->calls(), 0u);
}

TEST(CallOn, WhatIsThrownOverThereIsRethrownHere) {
  std::promise<result<int>> out;
  loop_thread a, b;
  a.start([&] { return ask<int>(target_of(b), throw_at_once, &out); });
  EXPECT_THROW(out.get_future().get().value(), std::runtime_error);
}

TEST(CallOn, ACancelledCallerLeavesAtOnceAndTheOtherSideHearsOfIt) {
  pending one;  // outlives the loops
  loop_thread b;
  auto target = target_of(b);
  {
    loop_thread a;
    a.start([&] { return ask<int>(target, one.make(), &one.answer); });
    one.seen.began.get_future().wait();
    EXPECT_EQ(target->calls(), 1u);
    a.stop();
  }
  EXPECT_EQ(one.answer.get_future().get().error().code, asio::error::operation_aborted);
  one.seen.ended.get_future().wait();
}

TEST(CallOn, BeyondTheBoundItRefuses) {
  pending one;  // outlives the loops
  std::promise<result<std::thread::id>> refused;
  loop_thread a, b;
  auto target = target_of(b, 1);
  a.start([&] { return ask<int>(target, one.make(), &one.answer); });
  one.seen.began.get_future().wait();
  a.start([&] { return ask<std::thread::id>(target, here, &refused); });
  EXPECT_EQ(refused.get_future().get().error().code, errc::overloaded);
  EXPECT_EQ(target->refused(), 1u);
}

TEST(CallOn, CloseAnswersCallsUnderWayAndLaterOnes) {
  pending one;  // outlives the loops
  std::promise<result<std::thread::id>> late;
  loop_thread a, b;
  auto target = target_of(b);
  a.start([&] { return ask<int>(target, one.make(), &one.answer); });
  one.seen.began.get_future().wait();
  b.call([&] { target->close(); });
  EXPECT_EQ(one.answer.get_future().get().error().code, errc::closed);
  a.start([&] { return ask<std::thread::id>(target, here, &late); });
  EXPECT_EQ(late.get_future().get().error().code, errc::closed);
  b.stop();
  one.seen.ended.get_future().wait();
}

TEST(CallOn, ATargetThatStandsStillIsClosedFromOutside) {
  std::promise<result<std::thread::id>> out;
  loop_thread a;
  asio::io_context b(1);  // never runs
  task_scope scope(b.get_executor(), [](auto, auto) { FAIL(); });
  auto target = std::make_shared<call_target>(b.get_executor(), scope, 4);
  a.start([&] { return ask<std::thread::id>(target, here, &out); });
  target->close();
  EXPECT_EQ(out.get_future().get().error().code, errc::closed);
}

TEST(CallOn, TheCallersLoopMayDieFirst) {
  pending one;  // outlives the loops
  loop_thread b;
  auto target = target_of(b);
  {
    asio::io_context a(1);
    asio::co_spawn(a, ask<int>(target, one.make(), &one.answer), [](std::exception_ptr) {});
    a.poll();
    one.seen.began.get_future().wait();
  }
  one.seen.ended.get_future().wait();  // the frame that died said so
}

asio::awaitable<result<std::uint64_t>> echo(std::uint64_t n) {
  if (n % 3 == 0) co_await asio::post(co_await asio::this_coro::executor, use_result);
  if (n % 7 == 0) co_return fail(errc::missing);
  co_return n;
}

struct tally {
  std::uint64_t answered = 0, timed_out = 0, refused = 0, ended = 0, bad = 0;
};

/// Every fifth call is given up at once or nearly so.
asio::awaitable<void> ping(std::shared_ptr<call_target> target, tally* ends,
                           std::atomic<std::uint64_t>* total) {
  for (std::uint64_t n = 0;; ++n, ++*total) {
    std::function<asio::awaitable<result<std::uint64_t>>()> make = [n] { return echo(n); };
    auto call = call_on<result<std::uint64_t>>(target, std::move(make));
    const auto limit = std::chrono::nanoseconds(n % 5 == 0 ? n % 4 * 20'000 : 3'600'000'000'000);
    auto got = co_await with_timeout(std::move(call), limit);
    if (got || got.error().code == errc::missing) {
      ends->bad += got ? *got != n || n % 7 == 0 : n % 7 != 0;
      ++ends->answered;
    } else if (got.error().code == errc::timed_out) {
      ++ends->timed_out;
      ends->bad += n % 5 != 0;
    } else if (got.error().code == errc::overloaded) {
      ++ends->refused;
      co_await asio::post(co_await asio::this_coro::executor, use_result);
    } else {
      ++ends->ended;
      co_return;
    }
  }
}

void play(bool a_first) {
  tally ends[2];
  std::atomic<std::uint64_t> total = 0;
  loop_thread a, b;
  auto to_a = target_of(a, 3), to_b = target_of(b, 3);
  for (int i = 0; i < 4; ++i) {
    a.start([&] { return ping(to_b, &ends[0], &total); });
    b.start([&] { return ping(to_a, &ends[1], &total); });
  }
  while (total < 2000) std::this_thread::yield();
  auto& first = a_first ? a : b;
  first.call([&] { (a_first ? to_a : to_b)->close(); });
  first.stop();
  auto& second = a_first ? b : a;
  second.call([&] { (a_first ? to_b : to_a)->close(); });
  second.stop();
  EXPECT_EQ(a.thrown() + b.thrown(), 0u);
  for (const auto& e : ends) {
    EXPECT_EQ(e.bad, 0u);
    EXPECT_GT(e.answered, 0u);
    EXPECT_LE(e.ended, 4u);
  }
  EXPECT_EQ(to_a->calls() + to_b->calls(), 0u);
}

TEST(CallOn, TwoLoopsCallEachOtherAndTheFirstStops) { play(true); }
TEST(CallOn, TwoLoopsCallEachOtherAndTheSecondStops) { play(false); }

}  // namespace
}  // namespace freshet
