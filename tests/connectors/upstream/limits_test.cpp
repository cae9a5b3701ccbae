#include <gtest/gtest.h>

#include "connectors/upstream/limits/guarded_upstream.hpp"
#include "connectors/upstream/limits/retry.hpp"
#include "core/async/task_scope.hpp"
#include "core/async/tokens.hpp"
#include "net/client/client_errc.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(CircuitBreaker, OpensWhenMoreThanHalfFailAndAProbeCloses) {
  circuit_breaker breaker;
  mono_time now{1h};
  for (int i = 0; i < 10; ++i) breaker.report(true, now);
  for (int i = 0; i < 10; ++i) breaker.report(false, now);
  EXPECT_TRUE(breaker.allow(now)) << "exactly half";
  breaker.report(false, now);
  EXPECT_FALSE(breaker.allow(now));
  now += 1s;
  EXPECT_TRUE(breaker.allow(now));
  EXPECT_FALSE(breaker.allow(now)) << "one probe";
  breaker.report(false, now);
  EXPECT_FALSE(breaker.allow(now + 1s)) << "the pause doubles";
  now += 2s;
  EXPECT_TRUE(breaker.allow(now));
  breaker.report(true, now);
  EXPECT_EQ(breaker.now_state(), circuit_breaker::state::closed);
}

TEST(Permits, VisitorsHaveAShareToThemselves) {
  const mono_time now{1h};
  permits p(4, 0, now);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(p.try_take(call_lane::background, now));
  EXPECT_FALSE(p.try_take(call_lane::background, now));
  EXPECT_TRUE(p.try_take(call_lane::visitor, now));
  EXPECT_FALSE(p.try_take(call_lane::visitor, now));
  p.give_back();
  EXPECT_TRUE(p.try_take(call_lane::visitor, now));
}

TEST(Permits, ASweepLeavesMoreToTheOthers) {
  const mono_time now{1h};
  permits p(8, 0, now);  // 2 are for visitors only
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(p.try_take(call_lane::sweep, now));
  EXPECT_FALSE(p.try_take(call_lane::sweep, now));
  EXPECT_TRUE(p.try_take(call_lane::background, now));
  permits two(2, 0, now);
  EXPECT_TRUE(two.try_take(call_lane::sweep, now)) << "nobody else is there";
  EXPECT_TRUE(two.try_take(call_lane::visitor, now));
  permits one(1, 0, now);
  EXPECT_TRUE(one.try_take(call_lane::sweep, now));
  permits slow(100, 8, now);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(slow.try_take(call_lane::sweep, now));
  EXPECT_FALSE(slow.try_take(call_lane::sweep, now)) << "half of a second's calls";
  EXPECT_TRUE(slow.try_take(call_lane::background, now));
}

TEST(Permits, TheRateIsKeptAndSaysWhen) {
  mono_time now{1h};
  permits p(100, 2, now);
  EXPECT_TRUE(p.try_take(call_lane::visitor, now));
  EXPECT_TRUE(p.try_take(call_lane::visitor, now));
  EXPECT_FALSE(p.try_take(call_lane::visitor, now));
  const auto at = p.next_at(call_lane::visitor, now);
  ASSERT_TRUE(at);
  EXPECT_EQ(*at, now + 500ms);
  EXPECT_TRUE(p.try_take(call_lane::visitor, *at));
}

TEST(Retry, FullJitterWithinItsBoundsAndNeverBeforeRetryAfter) {
  EXPECT_EQ(retry_delay(0, 0s, 0), 0ns);
  EXPECT_LT(retry_delay(0, 0s, ~0ull), 250ms);
  EXPECT_LT(retry_delay(60, 0s, ~0ull), 30s);
  EXPECT_GT(retry_delay(60, 0s, ~0ull), 29s);
  EXPECT_GE(retry_delay(0, 5s, 0), 5s);
}

class scripted final : public upstream {
 public:
  explicit scripted(std::vector<error> errors) : errors_(std::move(errors)) {}
  std::string_view name() const override { return "scripted"; }
  asio::awaitable<result<upstream_answer>> fetch(upstream_request request) override {
    targets.push_back(request.target);
    asio::steady_timer turn(co_await asio::this_coro::executor, 1ms);
    co_await turn.async_wait(asio::deferred);
    if (targets.size() <= errors_.size()) co_return errors_[targets.size() - 1];
    co_return upstream_answer{};
  }
  std::vector<std::string> targets;

 private:
  std::vector<error> errors_;
};

asio::awaitable<void> call(guarded_upstream* up, std::string target, call_lane lane,
                           std::optional<result<upstream_answer>>* out) {
  upstream_request request;
  request.target = std::move(target);
  request.lane = lane;
  *out = co_await up->fetch(std::move(request));
}

class Guarded : public ::testing::Test {
 protected:
  void make(std::vector<error> errors, config::upstream_limits limits) {
    auto owned = std::make_unique<scripted>(std::move(errors));
    inner_ = owned.get();
    up_.emplace(ctx_.get_executor(), time_, std::move(owned), limits, 1);
  }
  asio::io_context ctx_{1};
  real_clock time_;
  scripted* inner_ = nullptr;
  std::optional<guarded_upstream> up_;
  std::optional<result<upstream_answer>> out_;
};

TEST_F(Guarded, FailuresAreRetriedAndBrokenBytesAreNot) {
  make({{client_errc::unreachable}, {client_errc::protocol}}, {});
  test::run(ctx_, call(&*up_, "/x", call_lane::visitor, &out_));
  EXPECT_EQ(out_->error().code, client_errc::protocol);
  EXPECT_EQ(inner_->targets.size(), 2u);
}

TEST_F(Guarded, ARetryAfterBeyondTheTimeLimitEndsTheFetch) {
  make({{status_error(503, 60s)}}, {});
  test::run(ctx_, call(&*up_, "/x", call_lane::visitor, &out_));
  EXPECT_EQ(status_of(out_->error().code), 503u);
  EXPECT_EQ(inner_->targets.size(), 1u);
}

TEST_F(Guarded, AnOpenBreakerIsNotAsked) {
  config::upstream_limits limits;
  limits.retries = 0;
  make(std::vector<error>(100, error(client_errc::unreachable)), limits);
  for (int i = 0; i < 10; ++i) test::run(ctx_, call(&*up_, "/x", call_lane::visitor, &out_));
  EXPECT_EQ(out_->error().code, client_errc::breaker_open);
  EXPECT_EQ(inner_->targets.size(), 5u);
}

TEST_F(Guarded, VisitorsGoFirst) {
  config::upstream_limits limits;
  limits.concurrency = 1;
  make({}, limits);
  std::array<std::optional<result<upstream_answer>>, 3> out;
  task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("a", call(&*up_, "/a", call_lane::background, &out[0]));
  scope.spawn("b", call(&*up_, "/b", call_lane::background, &out[1]));
  scope.spawn("v", call(&*up_, "/v", call_lane::visitor, &out[2]));
  ctx_.run();
  EXPECT_EQ(inner_->targets, (std::vector<std::string>{"/a", "/v", "/b"}));
}

TEST_F(Guarded, VisitorsWhoNeverStopDoNotStopTheOthers) {
  config::upstream_limits limits;
  limits.concurrency = 1;
  make({}, limits);
  std::array<std::optional<result<upstream_answer>>, 42> out;
  task_scope scope(ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("first", call(&*up_, "/first", call_lane::background, &out[40]));
  scope.spawn("b", call(&*up_, "/b", call_lane::background, &out[41]));
  for (std::size_t i = 0; i < 40; ++i)
    scope.spawn("v", call(&*up_, "/v", call_lane::visitor, &out[i]));
  ctx_.run();
  const auto& asked = inner_->targets;
  const auto place = std::find(asked.begin(), asked.end(), "/b") - asked.begin();
  EXPECT_EQ(place, 17) << "behind the one that was there, and sixteen visitors";
}

}  // namespace
}  // namespace freshet
