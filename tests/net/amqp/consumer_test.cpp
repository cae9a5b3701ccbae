#include "net/amqp/consumer.hpp"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <list>

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
  std::optional<amqp_consumer> consumer;
};

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
