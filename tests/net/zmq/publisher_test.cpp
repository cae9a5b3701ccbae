#include "net/zmq/publisher.hpp"

#include <thread>
#include <zmq.hpp>

#include "tests/support/run.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;

using namespace std::chrono_literals;

asio::awaitable<void> wait_into(zmq_publisher* publisher, std::chrono::nanoseconds limit,
                                std::optional<result<void>>* out) {
  *out = co_await publisher->first_subscription(limit);
}

TEST(ZmqPublisher, WaitsForTheFirstSubscriptionAndLingersUntilAllIsSent) {
  asio::io_context ctx(1);
  auto publisher = zmq_publisher::bind(ctx.get_executor(), "tcp://127.0.0.1:*").value();
  int received = 0;
  std::thread reader([endpoint = publisher->endpoint(), &received] {
    zmq::context_t context(1);
    zmq::socket_t sub(context, zmq::socket_type::sub);
    sub.set(zmq::sockopt::rcvhwm, 0);
    sub.set(zmq::sockopt::rcvtimeo, 4000);
    sub.set(zmq::sockopt::linger, 0);
    sub.set(zmq::sockopt::subscribe, "");
    sub.connect(endpoint);
    zmq::message_t part;
    while (received < 2 * 20'000 && sub.recv(part)) ++received;
  });
  std::optional<result<void>> heard;
  test::run(ctx, wait_into(publisher.get(), 4s, &heard));
  EXPECT_TRUE(*heard);
  for (int i = 0; i < 20'000; ++i) publisher->send("topic", "body");
  publisher->finish();
  reader.join();
  EXPECT_EQ(received, 2 * 20'000);
}

TEST(ZmqPublisher, NobodyListeningIsATimeout) {
  asio::io_context ctx(1);
  auto publisher = zmq_publisher::bind(ctx.get_executor(), "tcp://127.0.0.1:*").value();
  std::optional<result<void>> heard;
  test::run(ctx, wait_into(publisher.get(), 5ms, &heard));
  ASSERT_FALSE(*heard);
  EXPECT_EQ(heard->error().code, errc::timed_out);
}

TEST(ZmqPublisher, ATakenAddressIsAnError) {
  asio::io_context ctx(1);
  auto first = zmq_publisher::bind(ctx.get_executor(), "tcp://127.0.0.1:*").value();
  EXPECT_FALSE(zmq_publisher::bind(ctx.get_executor(), first->endpoint()));
}

}  // namespace
}  // namespace freshet
