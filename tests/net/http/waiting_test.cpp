#include "tests/net/http/server_fixture.hpp"

namespace freshet::http {
namespace {

/// A visitor waits for a cold page.
class Waiting : public server_fixture {
 protected:
  void send(tcp_socket& s, const std::string& bytes) { asio::write(s, asio::buffer(bytes)); }
  bool until_waiting(std::size_t n) {
    return test::drive(ctx, [&] { return pages.waiting == n; });
  }
  /// What has arrived, once `parts` answers have.
  std::string read(tcp_socket& s, std::size_t answers) {
    std::string got, chunk(65536, '\0');
    s.non_blocking(true);
    EXPECT_TRUE(test::drive(ctx, [&] {
      boost::system::error_code ec;
      const auto n = s.read_some(asio::buffer(chunk), ec);
      got.append(chunk, 0, n);
      return count(got, "HTTP/1.1 200 OK") == answers;
    }));
    return got;
  }
};

TEST_F(Waiting, AClientThatLeavesFreesItsSeat) {
  start();
  auto s = dial();
  send(s, get("/wait"));
  ASSERT_TRUE(until_waiting(1));
  s.close();
  EXPECT_TRUE(until_waiting(0));
  EXPECT_TRUE(test::drive(ctx, [&] { return server->connections() == 0; }));
  EXPECT_EQ(counts.left_waiting, 1u);
  EXPECT_EQ(counts.bytes_out, 0u);
  test::run(ctx, stop());
}

TEST_F(Waiting, AClientThatResetsFreesItsSeat) {
  start();
  auto s = dial();
  send(s, get("/wait"));
  ASSERT_TRUE(until_waiting(1));
  s.set_option(asio::socket_base::linger(true, 0));
  s.close();
  EXPECT_TRUE(until_waiting(0));
  EXPECT_EQ(counts.left_waiting, 1u);
  test::run(ctx, stop());
}

TEST_F(Waiting, AClientThatLeavesAfterMoreRequestsFreesItsSeat) {
  start();
  auto s = dial();
  send(s, get("/wait") + get("/small"));
  ASSERT_TRUE(until_waiting(1));
  send(s, get("/small"));
  s.close();
  EXPECT_TRUE(until_waiting(0));
  EXPECT_EQ(counts.left_waiting, 1u);
  EXPECT_EQ(counts.heads_scanned, 1u);
  test::run(ctx, stop());
}

TEST_F(Waiting, WhatComesMeanwhileIsAnsweredAfterwards) {
  start();
  auto s = dial();
  s.set_option(asio::ip::tcp::no_delay(true));
  send(s, get("/wait/1") + get("/sma").substr(0, 8));
  ASSERT_TRUE(until_waiting(1));
  const auto before = s.available();
  EXPECT_EQ(before, 0u);
  const auto rest = get("/small").substr(8) + get("/wait/2");
  for (const char c : rest) send(s, std::string(1, c));
  for (int i = 0; i < 20; ++i) ctx.poll();
  pages.release();
  const auto got = read(s, 2);
  EXPECT_LT(got.find("slow /wait/1"), got.find("{\"a\":1}"));
  ASSERT_TRUE(until_waiting(1));
  pages.release();
  EXPECT_EQ(count(read(s, 1), "slow /wait/2"), 1u);
  EXPECT_EQ(counts.left_waiting, 0u);
  s.close();
  test::run(ctx, stop());
}

/// More than the buffer holds: the rest stays in the kernel until the answer is out.
TEST_F(Waiting, WhatIsAnsweredBehindASlowAnswerHasTheDateOfNow) {
  start();
  auto s = dial();
  send(s, get("/wait") + get("/small"));
  ASSERT_TRUE(until_waiting(1));
  const auto arrived = pages.turn_of_answer;
  EXPECT_EQ(arrived, pages.turns);
  pages.release();
  read(s, 2);
  EXPECT_GT(pages.turn_of_answer, arrived) << "a turn sets the date and the newest change";
  test::run(ctx, stop());
}

TEST_F(Waiting, MoreThanFitsMeanwhileIsNotLost) {
  start();
  auto s = dial();
  send(s, get("/wait"));
  ASSERT_TRUE(until_waiting(1));
  std::string more;
  for (int i = 0; i < 300; ++i) more += get("/small", "Accept: text/html, application/json\r\n");
  send(s, more);
  for (int i = 0; i < 20; ++i) ctx.poll();
  pages.release();
  EXPECT_EQ(count(read(s, 301), "{\"a\":1}"), 300u);
  s.close();
  test::run(ctx, stop());
}

TEST_F(Waiting, StoppingCutsAVisitorWhoWaitsTooLong) {
  start();
  auto s = dial();
  send(s, get("/wait"));
  ASSERT_TRUE(until_waiting(1));
  test::run(ctx, stop(1ms));
  EXPECT_EQ(pages.waiting, 0u);
  EXPECT_EQ(counts.left_waiting, 0u);
}

TEST_F(Waiting, AnAnswerThatFailsIsReportedAndEndsTheConnection) {
  failures_expected = true;
  start();
  auto s = dial();
  send(s, get("/wait/throw"));
  ASSERT_TRUE(until_waiting(1));
  pages.release();
  EXPECT_TRUE(test::drive(ctx, [&] { return server->connections() == 0; }));
  EXPECT_EQ(failures, 1);
  test::run(ctx, stop());
}

}  // namespace
}  // namespace freshet::http
