#include "net/http/server/session.hpp"

#include "tests/net/http/server_fixture.hpp"

namespace freshet::http {
namespace {

class Session : public server_fixture {};

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

}  // namespace
}  // namespace freshet::http
