#include "net/zmq/subscriber.hpp"

#include <deque>

#include "core/async/task_scope.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"
#include "tests/support/zmq_peer.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }

class ZmqSubscriber : public ::testing::Test {
 protected:
  void start(std::vector<std::string> endpoints, std::vector<std::string> prefixes = {}) {
    zmq_subscriber_options options;
    options.connect = std::move(endpoints);
    options.prefixes = std::move(prefixes);
    options.max_message = 1000;
    options.reconnect_min = 5ms;
    options.reconnect_max = 20ms;
    options.rebuild_after = 20ms;
    options.on_refused = [this](std::string_view why, std::string_view, std::string_view) {
      refused_.emplace_back(why);
    };
    subscriber_ = zmq_subscriber::create(ctx_.get_executor(), options).value();
    scope_.spawn("bus", subscriber_->run([this](std::string_view topic, std::string_view body) {
      topics_.emplace_back(topic);
      bodies_.emplace_back(body);
    }));
  }
  void TearDown() override { test::run(ctx_, close(&scope_)); }
  bool until(const std::function<bool()>& done) { return test::drive(ctx_, done); }

  asio::io_context ctx_{1};
  std::vector<std::string> topics_, bodies_, refused_;
  std::unique_ptr<zmq_subscriber> subscriber_;
  task_scope scope_{ctx_.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); }};
};

TEST_F(ZmqSubscriber, AThousandMessagesArriveInOrder) {
  test::zmq_peer peer;
  start({peer.endpoint});
  ASSERT_TRUE(until([&] { return peer.subscribed(); }));
  for (int i = 0; i < 1000; ++i) peer.send("a.b", std::to_string(i));
  ASSERT_TRUE(until([&] { return bodies_.size() == 1000; })) << bodies_.size();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(bodies_[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(subscriber_->counts().received, 1000u);
  EXPECT_TRUE(subscriber_->connected());
}

TEST_F(ZmqSubscriber, SeveralEndpointsAreOneStream) {
  test::zmq_peer one, two;
  start({one.endpoint, two.endpoint});
  ASSERT_TRUE(until([&] { return one.subscribed(); }));
  ASSERT_TRUE(until([&] { return two.subscribed(); }));
  for (int i = 0; i < 100; ++i) {
    one.send("one", "x");
    two.send("two", "y");
  }
  ASSERT_TRUE(until([&] { return topics_.size() == 200; }));
  EXPECT_EQ(std::count(topics_.begin(), topics_.end(), "one"), 100);
}

TEST_F(ZmqSubscriber, OnlySubscribedPrefixesArrive) {
  test::zmq_peer peer;
  start({peer.endpoint}, {"org.fedora"});
  ASSERT_TRUE(until([&] { return peer.subscribed(); }));
  peer.send("com.other", "no");
  peer.send("org.fedoraproject.x", "yes");
  ASSERT_TRUE(until([&] { return !topics_.empty(); }));
  EXPECT_EQ(topics_, std::vector<std::string>{"org.fedoraproject.x"});
}

TEST_F(ZmqSubscriber, WhatBroughtNothingIsConnectedToAnew) {
  test::zmq_peer loud, quiet;
  start({loud.endpoint, quiet.endpoint});
  ASSERT_TRUE(until([&] { return loud.subscribed(); }));
  ASSERT_TRUE(until([&] { return quiet.subscribed(); }));
  ASSERT_TRUE(until([&] { return subscriber_->counts().connections == 2; }));
  const auto before = steady_clock::now();
  EXPECT_EQ(subscriber_->rebuild(mono_time{}), 2u) << "nothing came from either, ever";
  ASSERT_TRUE(until([&] { return loud.subscribed(); }));
  ASSERT_TRUE(until([&] { return quiet.subscribed(); }));
  ASSERT_TRUE(until([&] { return subscriber_->counts().connections == 4; }));
  EXPECT_EQ(subscriber_->counts().rebuilt, 2u);
  EXPECT_TRUE(subscriber_->connected());
  loud.send("a", "1");
  ASSERT_TRUE(until([&] { return bodies_.size() == 1; }));
  EXPECT_EQ(subscriber_->rebuild(before), 1u) << "only the one that is quiet";
  ASSERT_TRUE(until([&] { return quiet.subscribed(); }));
  quiet.send("b", "2");
  loud.send("a", "3");
  ASSERT_TRUE(until([&] { return bodies_.size() == 3; }));
  EXPECT_FALSE(loud.subscribed()) << "it was left alone";
}

TEST_F(ZmqSubscriber, TooLargeAndWrongPartsAreCountedAndTheStreamGoesOn) {
  test::zmq_peer peer;
  start({peer.endpoint});
  ASSERT_TRUE(until([&] { return peer.subscribed(); }));
  peer.send("a", std::string(1500, 'x'));
  peer.send_one_frame("alone");
  peer.send("a", "good");
  ASSERT_TRUE(until([&] { return !bodies_.empty(); }));
  EXPECT_EQ(bodies_, std::vector<std::string>{"good"});
  EXPECT_EQ(refused_, (std::vector<std::string>{"too_large", "parts"}));
  EXPECT_EQ(subscriber_->counts().oversized, 1u);
  EXPECT_EQ(subscriber_->counts().wrong_parts, 1u);
}

TEST_F(ZmqSubscriber, AMessageAboveLibzmqsLimitCutsTheConnectionAndItComesBack) {
  test::zmq_peer peer;
  start({peer.endpoint});
  ASSERT_TRUE(until([&] { return peer.subscribed(); }));
  peer.send("a", "before");
  peer.send("a", std::string(100'000, 'x'));
  ASSERT_TRUE(until([&] { return subscriber_->counts().disconnects == 1; }));
  ASSERT_TRUE(until([&] { return peer.subscribed(); })) << "never reconnected";
  peer.send("a", "after");
  ASSERT_TRUE(until([&] { return bodies_.size() == 2; }));
  EXPECT_EQ(bodies_, (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(subscriber_->counts().rebuilt, 1u);
}

TEST_F(ZmqSubscriber, APeerThatRestartsIsFoundAgain) {
  auto peer = std::make_unique<test::zmq_peer>();
  const auto endpoint = peer->endpoint;
  start({endpoint});
  ASSERT_TRUE(until([&] { return peer->subscribed(); }));
  ASSERT_TRUE(until([&] { return subscriber_->connected(); }));
  peer.reset();
  ASSERT_TRUE(until([&] { return !subscriber_->connected(); }));
  peer = std::make_unique<test::zmq_peer>(endpoint);
  ASSERT_TRUE(until([&] { return peer->subscribed(); }));
  peer->send("a", "again");
  ASSERT_TRUE(until([&] { return bodies_.size() == 1; }));
  EXPECT_EQ(subscriber_->counts().disconnects, 1u);
  ASSERT_TRUE(until([&] { return subscriber_->connected(); }));
}

TEST(ZmqSubscriberCreate, ABadEndpointIsAnError) {
  asio::io_context ctx(1);
  zmq_subscriber_options options;
  EXPECT_FALSE(zmq_subscriber::create(ctx.get_executor(), options));
  options.connect = {"nonsense"};
  const auto made = zmq_subscriber::create(ctx.get_executor(), options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::malformed);
}

}  // namespace
}  // namespace freshet
