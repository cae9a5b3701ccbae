#include <zlib.h>

#include "connectors/upstream/http/http_upstream.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using then = test::reply::then;
using namespace std::chrono_literals;

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string ok(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}

class HostileUpstream : public ::testing::Test {
 protected:
  result<upstream_answer> ask(test::raw_server::script script,
                              upstream_request request = target()) {
    server_.emplace(ctx_, std::move(script));
    config::upstream_settings settings;
    settings.name = "up";
    settings.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/base/";
    settings.limits.timeout = 150ms;
    settings.limits.body = 300'000;
    upstream_ = http_upstream::create(ctx_.get_executor(), settings, {{"X-Key", "k"}}).value();
    std::vector<upstream_request> all(calls_, request);
    test::run(ctx_, fetch_all(std::move(all)));
    return *answer_;
  }
  result<upstream_answer> ask(std::string bytes, then after = then::keep) {
    return ask([bytes, after](const std::string&) { return test::reply{bytes, after}; });
  }
  boost::system::error_code code(std::string bytes, then after = then::keep) {
    const auto got = ask(std::move(bytes), after);
    return got ? boost::system::error_code() : got.error().code;
  }
  static upstream_request target() {
    upstream_request request;
    request.target = "/doc?token=secret";
    return request;
  }

  asio::awaitable<void> fetch_all(std::vector<upstream_request> all) {
    for (const auto& request : all) answer_ = co_await upstream_->fetch(request);
    co_await server_->close();
  }

  asio::io_context ctx_{1};
  std::optional<test::raw_server> server_;
  std::unique_ptr<http_upstream> upstream_;
  std::optional<result<upstream_answer>> answer_;
  std::size_t calls_ = 1;
};

TEST_F(HostileUpstream, AGoodAnswerIsTakenAndTheConnectionKept) {
  calls_ = 3;
  const auto got = ask(ok("{}", "Content-Type: application/json\r\n"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}");
  EXPECT_EQ(got->content_type, "application/json");
  EXPECT_EQ(server_->connections, 1u);
  EXPECT_TRUE(server_->requests[0].starts_with("GET /base/doc?token=secret HTTP/1.1\r\n"));
  EXPECT_NE(server_->requests[0].find("X-Key: k"), std::string::npos);
}

TEST_F(HostileUpstream, AConnectionThatDiedWhileKeptIsReplacedOnce) {
  calls_ = 2;
  int asked = 0;
  const auto got = ask([&asked](const std::string&) {
    return ++asked == 2 ? test::reply{"", then::close} : test::reply{ok("{}"), then::keep};
  });
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(server_->connections, 2u);
}

TEST_F(HostileUpstream, ALineBreakInAHeaderIsNeverSent) {
  auto request = target();
  request.headers = {{"X-User", "a\r\nX-Evil: b"}};
  const auto got =
      ask([](const std::string&) { return test::reply{ok("{}"), then::keep}; }, request);
  EXPECT_FALSE(got);
  EXPECT_TRUE(server_->requests.empty());
}

TEST_F(HostileUpstream, GzipIsInflated) {
  const auto got = ask(ok(gzip("{\"a\":1}"), "Content-Encoding: gzip\r\n"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{\"a\":1}");
}

TEST_F(HostileUpstream, ChunkedIsRead) {
  const auto got =
      ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}");
}

TEST_F(HostileUpstream, ResetGarbageAndEarlyEndsAreErrors) {
  EXPECT_EQ(code("", then::reset), client_errc::unreachable);
  EXPECT_EQ(code("", then::close), client_errc::unreachable);
  EXPECT_EQ(code("\x16\x03 what is this\r\n\r\n", then::close), client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", then::close),
            client_errc::unreachable);
}

TEST_F(HostileUpstream, HangingAndDrippingEndAtTheTimeLimit) {
  EXPECT_EQ(code("", then::hang), client_errc::timed_out);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", then::hang),
            client_errc::timed_out);
}

TEST_F(HostileUpstream, LengthsThatDisagreeAreErrors) {
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more"), client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
            client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}"), client_errc::protocol);
  EXPECT_EQ(
      code("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      client_errc::protocol);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
            client_errc::protocol);
}

TEST_F(HostileUpstream, EndlessHeadsBodiesAndExtensionsAreCut) {
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x'), then::hang),
            client_errc::too_large);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\n\r\n" + std::string(400'000, 'x'), then::hang),
            client_errc::too_large);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + std::string(400'000, 'x')),
            client_errc::too_large);
  std::string flood = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 1000; ++i) flood += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  EXPECT_EQ(code(flood, then::hang), client_errc::too_large);
  EXPECT_EQ(
      code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(50'000, 'e'),
           then::hang),
      client_errc::too_large);
}

TEST_F(HostileUpstream, GzipBombsAndOtherCodingsAreErrors) {
  const auto coded = [](const std::string& body, const std::string& coding) {
    return ok(body, "Content-Encoding: " + coding + "\r\n");
  };
  EXPECT_EQ(code(coded(gzip(std::string(10'000'000, ' ')), "gzip")), client_errc::encoding);
  std::string dull;
  for (int i = 0; dull.size() < 400'000; ++i) dull += std::to_string(i);
  EXPECT_EQ(code(coded(gzip(dull), "gzip")), client_errc::too_large);
  EXPECT_EQ(code(coded("not gzip at all, not at all", "gzip")), client_errc::encoding);
  EXPECT_EQ(code(coded(gzip("{}").substr(0, 15), "gzip")), client_errc::encoding);
  EXPECT_EQ(code(coded("{}", "br")), client_errc::encoding);
  EXPECT_EQ(code(coded("{}", "gzip, gzip")), client_errc::encoding);
}

TEST_F(HostileUpstream, StatusesAreKeptWithRetryAfter) {
  const auto got = ask("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  ASSERT_FALSE(got);
  EXPECT_EQ(status_of(got.error().code), 503u);
  EXPECT_EQ(retry_after_of(got.error().code), 7s);
  EXPECT_EQ(got.error().text().find("secret"), std::string::npos);
  EXPECT_EQ(status_of(code("HTTP/1.1 204 None\r\n\r\n")), 204u);
  EXPECT_EQ(status_of(code("HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\n{}")), 206u);
  EXPECT_EQ(status_of(code("HTTP/1.1 304 Same\r\n\r\n")), 304u);
  EXPECT_EQ(ask("HTTP/1.1 404 Gone\r\nContent-Length: 2\r\n\r\n{}")->status, 404u);
}

TEST_F(HostileUpstream, RedirectsStayAtTheOriginAndWithinTheirNumber) {
  const auto to = [](std::string where) {
    return [where](const std::string& head) {
      return head.starts_with("GET /end") ? test::reply{ok("{}"), then::keep}
                                          : test::reply{"HTTP/1.1 302 Go\r\nLocation: " + where +
                                                            "\r\nContent-Length: 0\r\n\r\n",
                                                        then::keep};
    };
  };
  EXPECT_EQ(status_of(ask(to("/end")).error().code), 302u);
  auto request = target();
  request.redirects = 2;
  EXPECT_TRUE(ask(to("/end"), request));
  EXPECT_EQ(status_of(ask(to("http://127.0.0.1:1/end"), request).error().code), 302u);
  EXPECT_EQ(status_of(ask(to("//elsewhere/end"), request).error().code), 302u);
  EXPECT_EQ(status_of(ask(to("/again"), request).error().code), 302u);
  EXPECT_EQ(server_->requests.size(), 3u);
}

}  // namespace
}  // namespace freshet
