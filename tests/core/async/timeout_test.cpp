#include "core/async/timeout.hpp"

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

}  // namespace
}  // namespace freshet
