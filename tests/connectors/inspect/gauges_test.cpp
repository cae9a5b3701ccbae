#include "connectors/inspect/gauges.hpp"

#include <gtest/gtest.h>

#include "net/sse/hub.hpp"
#include "tests/connectors/inspect/world.hpp"
#include "tests/net/sse/fakes.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::inspect_world;

TEST(Gauges, AreAskedWhenTheyAreRead) {
  inspect_world w;
  std::uint64_t subscribers = 3;
  register_gauges(w.counts, {.store = *w.store,
                             .sse_subscribers = [&] { return subscribers; },
                             .sse_events = [] { return std::uint64_t{70}; },
                             .version = "1.2.3"});
  EXPECT_EQ(w.metric("freshet_sse_subscribers"), "3");
  subscribers = 4;
  EXPECT_EQ(w.metric("freshet_sse_subscribers"), "4");
  EXPECT_EQ(w.metric("freshet_sse_events_total"), "70");
  EXPECT_EQ(w.metric("freshet_memory_bytes{kind=\"slots\"}"),
            std::to_string(w.store->memory().used(memory_kind::slots)));
  EXPECT_NE(w.counts.scrape().find("# TYPE freshet_sse_events_total counter"), std::string::npos);
  EXPECT_NE(w.counts.scrape().find("freshet_build_info{version=\"1.2.3\","), std::string::npos);
}

TEST(Gauges, UpstreamCallsAreCountedByResult) {
  inspect_world w;
  w.guarded[0]->count_in(w.counts);
  test::run(w.loop, [](guarded_upstream* up) -> boost::asio::awaitable<void> {
    co_await up->fetch({});
  }(w.guarded[0].get()));
  EXPECT_EQ(w.metric("freshet_upstream_calls_total{upstream=\"koji\",result=\"ok\"}"), "1");
  EXPECT_EQ(w.metric("freshet_upstream_calls_total{upstream=\"koji\",result=\"error\"}"), "0");
}

TEST(Gauges, TheTimeFromAnEventToItsFirstFrameIsObservedOnce) {
  inspect_world w;
  test::fake_log log;
  sse::hub_hooks hooks;
  hooks.first_sent = observe_event_to_push(w.counts, w.time);
  sse::hub hub(log, {}, hooks, 1);
  for (int i = 0; i < 2; ++i) {
    sse::stream_request request;
    request.watch.add("/a");
    auto far = std::make_shared<test::far_end>();
    ASSERT_TRUE(
        hub.add(std::move(request), std::make_unique<test::fake_stream>(far), "", w.time.now()));
  }
  const auto received = w.time.now();
  w.time.advance(30ms);
  hub.on_change(log.publish("/a", change::kind::reload, received));
  hub.flush(w.time.now());
  EXPECT_EQ(w.metric("freshet_event_to_push_seconds_count"), "1") << "two readers, one change";
  EXPECT_EQ(w.metric("freshet_event_to_push_seconds_bucket{le=\"0.025\"}"), "0");
  EXPECT_EQ(w.metric("freshet_event_to_push_seconds_bucket{le=\"0.05\"}"), "1");
}

}  // namespace
}  // namespace freshet
