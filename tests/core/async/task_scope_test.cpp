#include "core/async/task_scope.hpp"

#include <stdexcept>

#include "core/async/tokens.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

asio::awaitable<void> wait_for_ever(bool* ended) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  auto [ec] = co_await timer.async_wait(use_result);
  *ended = ec == asio::error::operation_aborted;
}

asio::awaitable<void> throw_at_once() {
  throw std::runtime_error("child");
  co_return;
}

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }

TEST(TaskScope, CloseCancelsChildrenAndWaitsForThem) {
  asio::io_context ctx(1);
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  bool first = false, second = false;
  EXPECT_TRUE(scope.spawn("first", wait_for_ever(&first)));
  EXPECT_TRUE(scope.spawn("second", wait_for_ever(&second)));
  EXPECT_EQ(scope.size(), 2u);
  test::run(ctx, close(&scope));
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_EQ(scope.size(), 0u);
}

TEST(TaskScope, AClosedScopeRunsNothing) {
  asio::io_context ctx(1);
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  test::run(ctx, close(&scope));
  EXPECT_FALSE(scope.spawn("late", throw_at_once()));
}

TEST(TaskScope, AnExceptionReachesTheSinkWithTheName) {
  asio::io_context ctx(1);
  std::string seen;
  task_scope scope(ctx.get_executor(),
                   [&](std::string_view name, std::exception_ptr) { seen = name; });
  scope.spawn("thrower", throw_at_once());
  ctx.run();
  EXPECT_EQ(seen, "thrower");
}

}  // namespace
}  // namespace freshet
