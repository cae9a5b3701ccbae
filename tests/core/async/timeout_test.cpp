#include "core/async/timeout.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <stdexcept>

#include "core/async/tokens.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

asio::awaitable<result<int>> answer_after(std::chrono::nanoseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(delay));
  co_await timer.async_wait(asio::use_awaitable);
  co_return 42;
}

asio::awaitable<result<int>> throw_at_once() {
  throw std::runtime_error("op");
  co_return 0;
}

/// Ends by a value whatever happens to it, as code that names its errors does.
asio::awaitable<result<int>> name_the_cancellation() {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  const auto [ec] = co_await timer.async_wait(use_result);
  co_return error{ec};
}

/// Swallows its cancellation: there is an answer, late as it is.
asio::awaitable<result<int>> answer_when_cancelled(result<int> answer) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await timer.async_wait(use_result);
  co_return answer;
}

asio::awaitable<result<int>> throw_when_cancelled() {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await timer.async_wait(use_result);
  throw std::runtime_error("op");
}

asio::awaitable<void> into(asio::awaitable<result<int>> op, std::chrono::nanoseconds limit,
                           std::optional<result<int>>* out) {
  *out = co_await with_timeout(std::move(op), limit);
}

TEST(WithTimeout, AnAnswerInTimeIsTheResult) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  test::run(ctx, into(answer_after(0ns), 1h, &out));
  EXPECT_EQ(out->value(), 42);
}

TEST(WithTimeout, ALateAnswerIsCancelledAndTimedOut) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  test::run(ctx, into(answer_after(24h), 1ms, &out));
  ASSERT_TRUE(out->has_error());
  EXPECT_EQ(out->error().code, errc::timed_out);
}

TEST(WithTimeout, AnExceptionIsRethrownAtOnce) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  EXPECT_THROW(test::run(ctx, into(throw_at_once(), 1h, &out)), std::runtime_error);
}

TEST(WithTimeout, ACancellationThatBecameAValueIsTimedOut) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  test::run(ctx, into(name_the_cancellation(), 1ms, &out));
  ASSERT_TRUE(out->has_error());
  EXPECT_EQ(out->error().code, errc::timed_out);
}

TEST(WithTimeout, AnAnswerInTheTurnOfTheTimeOutWins) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  test::run(ctx, into(answer_when_cancelled(42), 1ms, &out));
  EXPECT_EQ(out->value(), 42);
  test::run(ctx, into(answer_when_cancelled(fail(errc::missing)), 1ms, &out));
  EXPECT_EQ(out->error().code, errc::missing);
}

TEST(WithTimeout, ABugInTheTurnOfTheTimeOutIsNotLost) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  EXPECT_THROW(test::run(ctx, into(throw_when_cancelled(), 1ms, &out)), std::runtime_error);
}

TEST(WithTimeout, TheCallersOwnCancellationIsNotATimeOut) {
  asio::io_context ctx(1);
  std::optional<result<int>> out;
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(
      ctx, into(name_the_cancellation(), 1h, &out),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
  ctx.poll();
  signal.emit(asio::cancellation_type::terminal);
  ctx.run();
  EXPECT_TRUE(ended);
  ASSERT_TRUE(out && out->has_error());
  EXPECT_EQ(out->error().code, asio::error::operation_aborted);
}

}  // namespace
}  // namespace freshet
