#include "connectors/bus/amqp/amqp_bus.hpp"

#include <gmock/gmock.h>

#include "connectors/bus/amqp/queue_name.hpp"
#include "core/async/task_scope.hpp"
#include "core/config/amqp_settings.hpp"
#include "tests/net/amqp/scripted_broker.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;

TEST(AmqpBindings, PrefixesBecomeWholeWords) {
  EXPECT_THAT(bindings_of({}), ElementsAre("#"));
  EXPECT_THAT(bindings_of({"org.fedoraproject.prod."}), ElementsAre("org.fedoraproject.prod.#"));
  EXPECT_THAT(bindings_of({"org.fedoraproject.prod.build"}),
              ElementsAre("org.fedoraproject.prod.#"));
  EXPECT_THAT(bindings_of({"b.x", "a.", "b.y"}), ElementsAre("a.#", "b.#"));
  EXPECT_THAT(bindings_of({"a.", "org"}), ElementsAre("#"));
}

TEST(AmqpQueueName, IsAUuidOfVersion4) {
  EXPECT_EQ(uuid_from(0, 0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(uuid_from(~std::uint64_t{0}, ~std::uint64_t{0}),
            "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_NE(new_queue_name(), new_queue_name());
  EXPECT_TRUE(is_queue_name(new_queue_name()));
  for (const auto* text :
       {"", "00000000-0000-4000-8000-00000000000", "amq.gen-x",
        "00000000-0000-4000-8000-00000000000G", "00000000x0000-4000-8000-000000000000"})
    EXPECT_FALSE(is_queue_name(text)) << text;
}

class AmqpBus : public testing::Test {
 protected:
  std::unique_ptr<amqp_bus> make(const std::string& url, const std::string& queue, bool kept) {
    config::bus_settings settings;
    settings.name = "fedora";
    auto amqp = std::make_shared<config::amqp_settings>();
    amqp->url.source = url;
    amqp->queue = queue;
    settings.amqp = amqp;
    auto made = amqp_bus::create(
        ctx.get_executor(), time, settings, 1, [](const event&) {}, [](const refused_message&) {},
        kept ? durable_hook([](std::function<void()> call) { call(); }) : durable_hook());
    if (!made) problem = made.error().text();
    return made ? std::move(*made) : nullptr;
  }
  boost::asio::io_context ctx{1};
  manual_clock time;
  std::string problem;
};

TEST_F(AmqpBus, WithSomebodyWhoKeepsTheQueueHasANameThatALaterRunTakes) {
  const auto bus = make("amqp://h", "", true);
  EXPECT_TRUE(is_queue_name(bus->position()));
  EXPECT_TRUE(bus->is_kept());
  const auto later = make("amqp://h", "", true);
  EXPECT_NE(later->position(), bus->position());
  EXPECT_FALSE(later->resume("amq.gen-x"));
  EXPECT_TRUE(later->resume(bus->position()));
  EXPECT_EQ(later->position(), bus->position());
}

TEST_F(AmqpBus, WithoutItTheQueueIsTheBrokers) {
  const auto bus = make("amqp://h", "", false);
  EXPECT_EQ(bus->position(), "");
  EXPECT_FALSE(bus->is_kept());
  EXPECT_FALSE(bus->resume(new_queue_name()));
}

TEST_F(AmqpBus, AQueueOfTheSettingsStaysTheSame) {
  const auto bus = make("amqp://h", "mine", true);
  EXPECT_TRUE(bus->is_kept());
  EXPECT_TRUE(bus->resume("mine"));
  EXPECT_FALSE(bus->resume(new_queue_name()));
  EXPECT_EQ(bus->position(), "mine");
}

TEST_F(AmqpBus, AUrlThatIsNoneNeverShowsItsPassword) {
  EXPECT_EQ(make("amqp://u:secret@h/a/b", "", false), nullptr);
  EXPECT_FALSE(problem.empty());
  EXPECT_EQ(problem.find("secret"), std::string::npos);
  EXPECT_EQ(make("amqp://u:${env:FRESHET_TEST_NO_SUCH}@h", "", false), nullptr);
}

/// A bus and a broker whose queue has a message and something that is none.
class AmqpBusOfABroker : public testing::Test {
 protected:
  AmqpBusOfABroker() {
    broker.queues = {"mine"};
    broker.messages = {"{}", "no JSON"};
    config::bus_settings settings;
    settings.name = "fedora";
    auto amqp = std::make_shared<config::amqp_settings>();
    amqp->url.source = "amqp://127.0.0.1:" + std::to_string(broker.port());
    amqp->queue = "mine";
    settings.amqp = amqp;
    bus = amqp_bus::create(
              ctx.get_executor(), time, settings, 1,
              [this](const event& e) { seen.emplace_back(e.topic); },
              [this](const refused_message& m) { seen.emplace_back(m.why); },
              [this](std::function<void()> call) { waiting.push_back(std::move(call)); })
              .value();
    scope.emplace(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  }
  ~AmqpBusOfABroker() override { test::run(ctx, leave(&*scope, &broker)); }
  static boost::asio::awaitable<void> leave(task_scope* one, test::scripted_broker* other) {
    co_await one->close();
    co_await other->close();
  }

  boost::asio::io_context ctx{1};
  manual_clock time;
  test::scripted_broker broker{ctx};
  std::vector<std::string> seen;
  std::vector<std::function<void()>> waiting;
  std::unique_ptr<amqp_bus> bus;
  std::optional<task_scope> scope;
};

TEST_F(AmqpBusOfABroker, AcknowledgesWhenItCannotBeLostAnyMore) {
  scope->spawn("bus", bus->run());
  ASSERT_TRUE(test::drive(ctx, [&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ElementsAre("{}", "malformed"));
  ASSERT_TRUE(test::drive(ctx, [&] { return bus->whole(); }));
  EXPECT_THAT(broker.acknowledged, ElementsAre());
  for (const auto& call : waiting) call();
  ASSERT_TRUE(test::drive(ctx, [&] { return !broker.acknowledged.empty(); }));
  ASSERT_TRUE(test::drive(ctx, [&] { return broker.acknowledged.back() == 2; }))
      << "what is none, too: it is in the locker";
}

TEST_F(AmqpBusOfABroker, WhatIsHeldStaysInTheQueue) {
  bus->hold();
  scope->spawn("bus", bus->run());
  ASSERT_TRUE(test::drive(ctx, [&] { return bus->up() && !bus->whole(); }))
      << "it came, and nobody has it";
  EXPECT_THAT(seen, ElementsAre());
  EXPECT_THAT(broker.acknowledged, ElementsAre());
}

}  // namespace
}  // namespace freshet
