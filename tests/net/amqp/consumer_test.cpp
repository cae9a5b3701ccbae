#include "net/amqp/consumer.hpp"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <future>
#include <list>

#include "tests/net/amqp/scripted_broker.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// What a broker would say is tried against a real one (tests/scenario); here is everything else.
class AmqpConsumer : public testing::Test {
 protected:
  void start(std::function<result<amqp_subscription>()> what) {
    amqp_consumer_options options;
    options.what = std::move(what);
    options.name = "test";
    options.retry_first = options.retry_max = std::chrono::milliseconds(1);
    if (look_up) options.look_up = look_up;
    consumer.emplace(ctx.get_executor(), std::move(options));
    consumer->start();
  }
  void stop() {
    ctx.restart();
    test::run(ctx, consumer->stop());
  }
  bool sees(const std::string& trouble) {
    return test::drive(
        ctx, [&] { return consumer->status().trouble.find(trouble) != std::string::npos; });
  }

  asio::io_context ctx{1};
  host_lookup::question look_up;
  std::optional<amqp_consumer> consumer;
};

/// With a broker that does what real ones do rarely.
class AmqpConsumerOfABroker : public AmqpConsumer {
 protected:
  AmqpConsumerOfABroker() {
    subscription.at.host = "127.0.0.1";
    subscription.at.port = broker.port();
    subscription.bindings = {"#"};
  }
  ~AmqpConsumerOfABroker() override {
    ctx.restart();
    test::run(ctx, leave(&*consumer, &broker));
  }
  static asio::awaitable<void> leave(amqp_consumer* one, test::scripted_broker* other) {
    co_await one->stop();
    co_await other->close();
  }
  void begin(const std::string& queue) {
    subscription.queue = queue;
    start([what = subscription]() -> result<amqp_subscription> { return what; });
  }

  test::scripted_broker broker{ctx};
  amqp_subscription subscription;
};

/// Whoever connects next finds the queue, and must not think that it was there all the time.
TEST_F(AmqpConsumerOfABroker, AQueueBegunByAnAttemptThatFailedIsNewAllTheSame) {
  broker.binds_refused = 1;
  begin("mine");
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().up; }));
  EXPECT_EQ(broker.connections, 2u);
  EXPECT_EQ(consumer->status().connections, 1u);
  EXPECT_EQ(consumer->status().new_queues, 1u);
}

TEST_F(AmqpConsumerOfABroker, AQueueThatWasThereIsNotNew) {
  broker.queues = {"mine"};
  begin("mine");
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().up; }));
  EXPECT_EQ(consumer->status().new_queues, 0u);
}

/// What came over a queue that is gone is nowhere else.
TEST_F(AmqpConsumerOfABroker, WhatCameIsStillThereWhenTheQueueIsNot) {
  broker.messages = {"a", "b"};
  broker.ends_after_messages = true;
  begin("");
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().waiting == 2; }));
  broker.messages.clear();
  broker.ends_after_messages = false;
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().up && broker.consumers > 1; }));
  const auto first = consumer->take(), second = consumer->take();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->what.topic + second->what.topic, "ab");
  EXPECT_EQ(consumer->status().waiting, 0u);
}

TEST_F(AmqpConsumerOfABroker, WhatTheBrokerGivesAgainIsTakenOnce) {
  broker.queues = {"mine"};
  broker.messages = {"a"};
  broker.ends_after_messages = true;
  begin("mine");
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().waiting == 1; }));
  broker.ends_after_messages = false;
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().up && broker.consumers > 1; }));
  ASSERT_TRUE(test::drive(ctx, [&] { return consumer->status().waiting == 1; }));
  const auto message = consumer->take();
  ASSERT_TRUE(message);
  EXPECT_FALSE(consumer->take());
  consumer->acknowledge(message->connection - 1, message->what.tag);
  EXPECT_TRUE(broker.acknowledged.empty()) << "of a connection that is gone";
  consumer->acknowledge(message->connection, message->what.tag);
  ASSERT_TRUE(test::drive(ctx, [&] { return !broker.acknowledged.empty(); }));
  EXPECT_EQ(broker.acknowledged.front(), 1u);
}

TEST_F(AmqpConsumer, ANameThatNobodyKnowsIsTrouble) {
  look_up = [](const std::string&) -> result<host_lookup::addresses> {
    return fail(errc::missing, "nobody knows it");
  };
  amqp_subscription what;
  what.at.host = "broker.example";
  start([what]() -> result<amqp_subscription> { return what; });
  EXPECT_TRUE(sees("no address of broker.example: nobody knows it"));
  stop();
}

/// A resolver that gives no answer is left alone with its question.
TEST_F(AmqpConsumer, ItLeavesWhileALookupHangs) {
  struct shared {
    std::promise<void> asked, answer;
  };
  const auto hangs = std::make_shared<shared>();
  look_up = [hangs](const std::string&) -> result<host_lookup::addresses> {
    hangs->asked.set_value();
    hangs->answer.get_future().wait();
    return host_lookup::addresses{};
  };
  amqp_subscription what;
  what.at.host = "broker.example";
  start([what]() -> result<amqp_subscription> { return what; });
  hangs->asked.get_future().wait();
  stop();
  hangs->answer.set_value();
}

TEST_F(AmqpConsumer, NobodyListensIsTroubleAndTriedAgain) {
  tcp::acceptor taken(ctx, {asio::ip::address_v4::loopback(), 0});
  amqp_subscription what;
  what.at.host = "127.0.0.1";
  what.at.port = taken.local_endpoint().port();
  taken.close();
  auto asked = std::make_shared<std::atomic<int>>(0);
  start([what, asked]() -> result<amqp_subscription> {
    ++*asked;
    return what;
  });
  EXPECT_TRUE(sees("cannot connect"));
  EXPECT_TRUE(test::drive(ctx, [&] { return *asked > 3; }));
  EXPECT_FALSE(consumer->status().up);
  stop();
}

TEST_F(AmqpConsumer, WhatCannotBeReadIsTroubleToo) {
  start([]() -> result<amqp_subscription> { return fail(errc::missing, "the variable X"); });
  EXPECT_TRUE(sees("the variable X"));
  stop();
}

TEST_F(AmqpConsumer, AServerThatSpeaksAnotherProtocolIsLeft) {
  tcp::acceptor server(ctx, {asio::ip::address_v4::loopback(), 0});
  std::list<tcp::socket> peers;
  std::function<void()> accept = [&] {
    server.async_accept([&](boost::system::error_code ec, tcp::socket peer) {
      if (ec) return;
      const std::string_view page = "HTTP/1.1 400 Bad Request\r\n\r\n";
      boost::system::error_code ignored;
      peer.write_some(asio::buffer(page), ignored);
      peers.push_back(std::move(peer));
      accept();
    });
  };
  accept();
  amqp_subscription what;
  what.at.host = "127.0.0.1";
  what.at.port = server.local_endpoint().port();
  what.patience = std::chrono::seconds(1);
  start([what]() -> result<amqp_subscription> { return what; });
  EXPECT_TRUE(sees("cannot log in"));
  server.close();
  stop();
}

TEST_F(AmqpConsumer, AnAcknowledgementOfNoConnectionIsNobodys) {
  start([]() -> result<amqp_subscription> { return fail(errc::missing, "nothing"); });
  consumer->acknowledge(1, 5);
  consumer->reconnect();
  EXPECT_FALSE(consumer->take());
  EXPECT_TRUE(sees("nothing"));
  stop();
}

}  // namespace
}  // namespace freshet
