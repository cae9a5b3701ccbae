#include "net/http/server/session.hpp"

#include "tests/net/http/server_fixture.hpp"

namespace freshet::http {
namespace {

class Session : public server_fixture {
 public:
  using server_fixture::read_all;
  using server_fixture::stop;
};

TEST_F(Session, PipelinedRequestsAreAnsweredInOrder) {
  start();
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += get(i % 2 ? "/small" : "/none");
  const auto got = exchange(bytes + get("/slow") + get("/small", closing));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 22u);
  EXPECT_EQ(count(got, "HTTP/1.1 404"), 20u);
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_EQ(pages.most_in_batch, response_batch::answers_max);
  EXPECT_EQ(counts.heads_scanned, 42u);
  EXPECT_TRUE(log.starts_with("404 200 404 200 ")) << log;
}

TEST_F(Session, AHeadMayArriveByteByByte) {
  start();
  const auto got = exchange(get("/small") + get("/small", closing), true);
  EXPECT_EQ(count(got, "{\"a\":1}"), 2u);
}

TEST_F(Session, HeadHasNoBodyAnd304NoLength) {
  start();
  const auto tag = content_etag("{\"a\":1}");
  const auto match = "If-None-Match: \"" + std::string(tag.data(), 32) + "\"\r\n";
  const auto got = exchange("HEAD /small HTTP/1.1\r\nHost: h\r\n\r\n" +
                            get("/small", match + std::string(closing)));
  EXPECT_EQ(count(got, "{\"a\":1}"), 0u);
  EXPECT_EQ(count(got, "Content-Length: 7\r\n"), 1u);
  EXPECT_EQ(count(got, "HTTP/1.1 304 Not Modified\r\n"), 1u);
}

TEST_F(Session, Http10ClosesUnlessAsked) {
  start();
  const auto got =
      exchange("GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /small HTTP/1.0\r\n\r\n" +
               get("/small"));
  EXPECT_EQ(count(got, "Connection: keep-alive\r\n"), 1u);
  EXPECT_EQ(count(got, "{\"a\":1}"), 2u);
}

TEST_F(Session, NothingIsReadAfterARefusal) {
  start();
  const auto got =
      exchange(get("/small") + get("/small", "Transfer-Encoding: chunked\r\n") + get("/small"));
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 1u);
  EXPECT_EQ(count(got, "HTTP/1.1 501 Not Implemented"), 1u);
  EXPECT_EQ(counts.heads_refused, 1u);
}

TEST_F(Session, ARefusedMethodNamesTheAllowedOnes) {
  start();
  const auto got = exchange("PUT /small HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(count(got, "Allow: GET, HEAD, OPTIONS\r\n"), 1u);
}

TEST_F(Session, ASlowHeadGets408) {
  start({.head = 20ms, .idle = 20ms, .write = 1s});
  const auto got = exchange(get("/small") + "GET /sm");
  EXPECT_EQ(count(got, "HTTP/1.1 408 Request Timeout"), 1u);
  EXPECT_EQ(counts.head_timeouts, 1u);
}

TEST_F(Session, AnIdleConnectionIsClosedSilently) {
  start({.head = 20s, .idle = 20ms, .write = 1s});
  const auto got = exchange(get("/small"));
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_EQ(counts.idle_timeouts, 1u);
}

TEST_F(Session, ASlowReaderGetsEveryByte) {
  start();
  const auto got = exchange(get("/big") + get("/small", closing));
  EXPECT_EQ(got.size(), counts.bytes_out);
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 2u);
  EXPECT_GT(got.size(), 8u << 20);
  EXPECT_TRUE(got.ends_with("{\"a\":1}"));
  EXPECT_GE(counts.partial_writes, 1u);
}

TEST_F(Session, ABodyFromAFileStandsBetweenOtherAnswers) {
  start();
  const auto got = exchange(get("/small") + get("/filed") + get("/small") +
                            "HEAD /filed HTTP/1.1\r\nHost: h\r\n\r\n" + get("/filed", closing));
  EXPECT_EQ(got.size(), counts.bytes_out);
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 5u);
  const auto body = std::string(8u << 20, 'y');
  EXPECT_TRUE(got.ends_with("\r\n\r\n" + body));
  const auto first = got.find("{\"a\":1}") + 7;
  const auto start_of_body = got.find("\r\n\r\n", first) + 4;
  EXPECT_EQ(got.compare(start_of_body, body.size(), body), 0);
  EXPECT_EQ(got.compare(start_of_body + body.size(), 15, "HTTP/1.1 200 OK"), 0);
  EXPECT_GE(counts.partial_writes, 1u);
}

TEST_F(Session, ATakenSocketBelongsToTheResponder) {
  start();
  EXPECT_EQ(exchange(get("/take") + get("/small")), "taken");
}

TEST_F(Session, TheAdminListenerReadsTheWholeBody) {
  start({}, {}, gate::mode::admin);
  const std::string body(20'000, 'b');
  const auto got = exchange(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 20000\r\n\r\n" +
      body + get("/small", closing));
  EXPECT_EQ(count(got, body), 1u);
  EXPECT_EQ(count(got, "{\"a\":1}"), 1u);
}

TEST_F(Session, AReaderThatStopsIsCut) {
  start({.head = 1s, .idle = 1s, .write = 10ms});
  auto s = dial();
  const auto bytes = get("/big");
  asio::write(s, asio::buffer(bytes));
  while (counts.write_timeouts == 0) ctx.run_one();  // the test's time-out is the bound
  test::run(ctx, stop());
  EXPECT_EQ(counts.partial_writes, 1u);
}

TEST_F(Session, WhatIsRefusedIsAnsweredOnceAndNothingIsReadAfterIt) {
  start();
  const std::string behind = get("/small");
  const auto post = [](std::string_view fields) {
    return "POST /small HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
  };
  const std::vector<std::pair<std::string, int>> cases{
      {"garbage\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02\0\x01\0\r\n\r\n", 11), 400},
      {"GET /small HTTP/1.1\r\n\r\n", 400},
      {"GET /small HTTP/1.1\nHost: h\n\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET /" + std::string(8200, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"GET /" + std::string(100'000, 'a'), 414},
      {get("/small", "X: " + std::string(9000, 'a') + "\r\n"), 431},
      {"GET /small HTTP/1.1\r\nX: " + std::string(60'000, 'a'), 431},
      {get("/small", "Content-Length: 5\r\n") + "hello", 413},
      {post("Content-Length: 5\r\n") + "hello", 405},
      {post("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n", 501},
      {get("/small", "Transfer-Encoding: identity\r\n"), 501},
      {get("/small", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 501},
  };
  std::vector<std::string> messages, answers;
  for (const auto& one : cases) messages.push_back(one.first + behind);
  test::run(ctx, talk_each(messages, &answers));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto shown = cases[i].first.substr(0, 60);
    EXPECT_TRUE(answers[i].starts_with("HTTP/1.1 " + std::to_string(cases[i].second)))
        << shown << "\n"
        << answers[i];
    EXPECT_EQ(count(answers[i], "{\"a\":1}"), 0u) << shown;
    EXPECT_EQ(count(answers[i], "Connection: close\r\n"), 1u) << shown;
    EXPECT_EQ(pages.refusals[i], cases[i].second) << shown;
  }
  EXPECT_EQ(counts.heads_refused, cases.size());
}

/// One deadline for the whole head: bytes that come in time do not push it.
TEST_F(Session, AHeadThatDripsHasOneDeadline) {
  start({.head = 40ms, .idle = 10s, .write = 1s});
  auto s = dial();
  boost::system::error_code ec;
  const auto begun = std::chrono::steady_clock::now();
  auto next = begun;
  const auto bytes = get("/small", "X: " + std::string(4000, 'x') + "\r\n");
  std::size_t sent = 0;
  ASSERT_TRUE(test::drive(ctx, [&] {
    if (std::chrono::steady_clock::now() >= next && sent < bytes.size()) {
      asio::write(s, asio::buffer(&bytes[sent++], 1), ec);
      next += 5ms;
    }
    return counts.head_timeouts == 1;
  }));
  EXPECT_LT(sent, bytes.size());
  std::string answer(4096, '\0');
  answer.resize(s.read_some(asio::buffer(answer), ec));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408")) << answer;
  s.close();
  test::run(ctx, stop());
}

/// A client may say that it has nothing more to ask and still wait for what it asked.
TEST_F(Session, AHalfClosedClientGetsWhatIsThere) {
  start();
  auto s = dial();
  asio::write(s, asio::buffer(get("/small") + get("/small")));
  s.shutdown(tcp_socket::shutdown_send);
  std::string got;
  test::run(ctx, [](Session* t, tcp_socket* from, std::string* into) -> asio::awaitable<void> {
    *into = co_await t->read_all(from);
    co_await t->stop();
  }(this, &s, &got));
  EXPECT_EQ(count(got, "{\"a\":1}"), 2u);
}

/// It said half a sentence and was never heard of again.
TEST_F(Session, AClientThatResetsInItsHeadIsForgotten) {
  start();
  auto s = dial();
  asio::write(s, asio::buffer(std::string("GET /sm")));
  ASSERT_TRUE(test::drive(ctx, [&] { return counts.accepted == 1; }));
  s.set_option(asio::socket_base::linger(true, 0));
  s.close();
  EXPECT_TRUE(test::drive(ctx, [&] { return server->connections() == 0; }));
  EXPECT_EQ(counts.bytes_out, 0u);
  test::run(ctx, stop());
}

}  // namespace
}  // namespace freshet::http
