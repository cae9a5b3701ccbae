#include "net/client/host_lookup.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "core/async/task_scope.hpp"
#include "core/async/timeout.hpp"
#include "net/client/client_errc.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using found = result<host_lookup::addresses>;

const auto loopback = asio::ip::address(asio::ip::address_v4::loopback());

asio::awaitable<void> find(host_lookup* names, std::chrono::nanoseconds limit, found* out) {
  *out = co_await with_timeout(names->find(), limit);
}

class HostLookup : public testing::Test {
 protected:
  /// The answer to one question with so much patience.
  found ask(host_lookup* names, std::chrono::nanoseconds limit = 4s) {
    found out;
    test::run(ctx, find(names, limit, &out));
    return out;
  }
  asio::io_context ctx{1};
  std::atomic<int> asked = 0;
};

TEST_F(HostLookup, AnAddressIsNobodysQuestion) {
  host_lookup names(ctx.get_executor(), "127.0.0.1", [this](const std::string&) -> found {
    ++asked;
    return error(client_errc::unreachable);
  });
  EXPECT_THAT(ask(&names).value(), testing::ElementsAre(loopback));
  names.doubt();
  EXPECT_TRUE(ask(&names));
  EXPECT_EQ(asked, 0);
}

TEST_F(HostLookup, ManyCallersShareOneLookupAndItsAnswerIsKept) {
  host_lookup names(ctx.get_executor(), "up.example", [this](const std::string& host) -> found {
    EXPECT_EQ(host, "up.example");
    ++asked;
    return host_lookup::addresses{loopback};
  });
  std::array<found, 10> out;
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  for (auto& one : out) scope.spawn("find", find(&names, 4s, &one));
  ctx.run();
  ctx.restart();
  for (const auto& one : out) EXPECT_THAT(one.value(), testing::ElementsAre(loopback));
  EXPECT_TRUE(ask(&names));
  EXPECT_EQ(asked, 1);
  names.doubt();
  EXPECT_TRUE(ask(&names));
  EXPECT_EQ(asked, 2);
}

/// A resolver that hangs for a while; callers give up one after the other.
TEST_F(HostLookup, AHangingResolverHoldsOneThreadAndNoCaller) {
  std::promise<void> wake;
  const auto awake = wake.get_future().share();
  host_lookup names(ctx.get_executor(), "up.example", [this, awake](const std::string&) -> found {
    ++asked;
    awake.wait();
    return host_lookup::addresses{loopback};
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(&names, 5ms).error().code, errc::timed_out);
  EXPECT_EQ(asked, 1);
  wake.set_value();
  EXPECT_TRUE(ask(&names));
  EXPECT_EQ(asked, 1);
}

TEST_F(HostLookup, MayDieWhileALookupHangs) {
  std::promise<void> wake, gone;
  const auto awake = wake.get_future().share();
  const auto end = std::make_shared<std::promise<void>>(std::move(gone));
  auto ended = end->get_future();
  {
    asio::io_context loop(1);
    host_lookup names(loop.get_executor(), "up.example", [awake, end](const std::string&) -> found {
      awake.wait();
      end->set_value_at_thread_exit();
      return host_lookup::addresses{loopback};
    });
    found out;
    test::run(loop, find(&names, 5ms, &out));
    EXPECT_EQ(out.error().code, errc::timed_out);
  }
  wake.set_value();
  ended.wait();  // the thread found nobody to tell
}

TEST_F(HostLookup, AFailureHasTheResolversWords) {
  host_lookup names(ctx.get_executor(), "does-not-exist.invalid");
  const auto out = ask(&names);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, client_errc::unreachable);
  EXPECT_FALSE(out.error().detail.empty());
}

TEST_F(HostLookup, TheSystemKnowsLocalhost) {
  host_lookup names(ctx.get_executor(), "localhost");
  EXPECT_THAT(ask(&names).value(), testing::Contains(loopback));
}

}  // namespace
}  // namespace freshet
