#include "connectors/bus/zmq/zmq_bus.hpp"

#include "core/async/task_scope.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"
#include "tests/support/zmq_peer.hpp"

namespace freshet {
namespace {

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }

TEST(ZmqBus, EventsArriveAndEveryRefusalHasItsReason) {
  asio::io_context ctx(1);
  test::zmq_peer peer;
  config::bus_settings settings;
  settings.name = "fedmsg";
  settings.connect = {peer.endpoint};
  settings.max_message = 1000;
  std::vector<std::string> ids, drops;
  const real_clock time;
  auto bus =
      zmq_bus::create(
          ctx.get_executor(), time, settings, [&](const event& e) { ids.emplace_back(e.id); },
          [&](std::string_view why) { drops.emplace_back(why); })
          .value();
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("bus", bus->run());
  ASSERT_TRUE(test::drive(ctx, [&] { return peer.subscribed(); }));
  peer.send("a.b", R"({"msg":{},"msg_id":"1","topic":"other"})");
  peer.send("a.b", "{broken");
  peer.send("a.b", std::string(1200, ' '));
  peer.send("a.b", R"({"msg":{},"msg_id":"2"})");
  ASSERT_TRUE(test::drive(ctx, [&] { return ids.size() == 2; }));
  EXPECT_EQ(ids, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(drops, (std::vector<std::string>{"malformed", "too_large"}));
  EXPECT_EQ(bus->topics_differ(), 1u);
  EXPECT_TRUE(test::drive(ctx, [&] { return bus->up(); }));
  test::run(ctx, close(&scope));
}

/// One that is away keeps the bus down, so it has to be known which.
TEST(ZmqBus, NamesTheEndpointsThatAreMissing) {
  asio::io_context ctx(1);
  test::zmq_peer peer;
  config::bus_settings settings;
  settings.name = "fedmsg";
  settings.connect = {peer.endpoint};
  for (const auto* nobody : {"a", "b", "c", "d"})
    settings.connect.push_back("ipc://" + testing::TempDir() + "nobody-" + nobody);
  const real_clock time;
  auto bus = zmq_bus::create(
                 ctx.get_executor(), time, settings, [](const event&) {}, [](std::string_view) {})
                 .value();
  EXPECT_TRUE(bus->trouble().starts_with("no connection to " + peer.endpoint + ", ipc://"));
  EXPECT_TRUE(bus->trouble().ends_with("nobody-b and 2 more")) << bus->trouble();
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("bus", bus->run());
  ASSERT_TRUE(test::drive(ctx, [&] { return bus->connections() == 1; }));
  EXPECT_FALSE(bus->up());
  EXPECT_TRUE(bus->trouble().ends_with("nobody-c and 1 more")) << bus->trouble();
  test::run(ctx, close(&scope));
}

}  // namespace
}  // namespace freshet
