#include "net/client/http_stream.hpp"

#include <gmock/gmock.h>

#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::reply;

const std::string event_stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

/// What became of one stream: its pieces put together, and how it ended.
struct seen {
  result<client_answer> head = fail(errc::missing);
  std::string body;
  std::optional<error> failed;
};

class HttpStream : public testing::Test {
 protected:
  asio::awaitable<void> follow(http_client_options options, seen* out) {
    client_request request;
    request.target = "/live";
    auto opened = co_await http_stream::open(ctx.get_executor(), options, request);
    if (opened) {
      out->head = (*opened)->head();
      for (;;) {
        const auto got = co_await (*opened)->read(options.timeout);
        if (!got) out->failed = got.error();
        if (!got || got->empty()) break;
        out->body += *got;
      }
      out->head = (*opened)->head();
    } else {
      out->failed = opened.error();
    }
    opened = fail(errc::closed);  // our end goes first, so that a hanging server sees it
    co_await server->close();
  }
  seen follow(reply say, std::chrono::nanoseconds limit = 2s) {
    server.emplace(ctx, [say](const std::string&) { return say; });
    http_client_options options;
    options.host = "127.0.0.1";
    options.port = server->port();
    options.timeout = limit;
    seen out;
    test::run(ctx, follow(options, &out));
    return out;
  }

  asio::io_context ctx{1};
  std::optional<test::raw_server> server;
};

TEST_F(HttpStream, GivesTheBodyAsItComesUntilTheServerCloses) {
  const auto got =
      follow({event_stream + "X-Odd: 1\r\n\r\ndata: a\n\ndata: b\n\n", reply::then::close});
  EXPECT_FALSE(got.failed);
  EXPECT_EQ(got.body, "data: a\n\ndata: b\n\n");
  EXPECT_EQ(got.head->status, 200u);
  EXPECT_THAT(got.head->headers,
              testing::Contains(std::pair<std::string, std::string>("X-Odd", "1")));
  EXPECT_NE(server->requests[0].find("Accept-Encoding: identity\r\n"), std::string::npos);
}

TEST_F(HttpStream, ReadsChunksAndTheirEnd) {
  const auto got =
      follow({event_stream + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
              reply::then::hang});
  EXPECT_FALSE(got.failed);
  EXPECT_EQ(got.body, "abcde");
}

TEST_F(HttpStream, SilenceIsATimeOutAndWhatCameBeforeIsKept) {
  const auto got = follow({event_stream + "\r\ndata: a\n\n", reply::then::hang}, 30ms);
  EXPECT_EQ(got.body, "data: a\n\n");
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code, client_errc::timed_out);
  const auto mute = follow({"", reply::then::hang}, 30ms);
  ASSERT_TRUE(mute.failed);
  EXPECT_EQ(mute.failed->code, client_errc::timed_out);
}

TEST_F(HttpStream, RefusesWhatItDidNotAskFor) {
  const auto gzip = follow({event_stream + "Content-Encoding: gzip\r\n\r\nxx", reply::then::close});
  ASSERT_TRUE(gzip.failed);
  EXPECT_EQ(gzip.failed->code, client_errc::encoding);
  const auto twice = follow(
      {event_stream + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", reply::then::close});
  ASSERT_TRUE(twice.failed);
  EXPECT_EQ(twice.failed->code, client_errc::protocol);
}

TEST_F(HttpStream, AChunkExtensionHasAnEnd) {
  const auto got = follow(
      {event_stream + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(6000, 'x') + "\r\na\r\n",
       reply::then::hang});
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code, client_errc::too_large);
}

TEST_F(HttpStream, AnEarlyEndOfACountedBodyIsAnError) {
  const auto got = follow({event_stream + "Content-Length: 10\r\n\r\nabc", reply::then::close});
  EXPECT_EQ(got.body, "abc");
  ASSERT_TRUE(got.failed);
  EXPECT_EQ(got.failed->code, client_errc::unreachable);
}

}  // namespace
}  // namespace freshet
