#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "connectors/upstream/http/http_upstream.hpp"
#include "core/observe/log.hpp"
#include "tests/net/tls/tls_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// An upstream as a configuration names it, over TLS.
class HttpsUpstream : public testing::Test {
 protected:
  HttpsUpstream() {
    settings.name = "koji";
    settings.tls.ca = ca.root_file();
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
    before = spdlog::default_logger();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~HttpsUpstream() override { spdlog::set_default_logger(before); }

  void serve(const test::certificate_text& text, bool trusted = true) {
    const auto shown = trusted ? ca.sign(text) : test::test_certificate(text);
    server.emplace(ctx, shown, [](const std::string&) {
      return test::tls_reply{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
    });
    settings.url = "https://localhost:" + std::to_string(server->port()) + "/kojihub";
  }
  asio::awaitable<void> fetch(upstream* up) {
    upstream_request request;
    request.target = "/doc?token=secret";
    answer = co_await up->fetch(std::move(request));
    co_await server->close();
  }
  /// "" or the text of the failure.
  std::string ask() {
    auto made = http_upstream::create(ctx.get_executor(), settings, {});
    if (!made) return made.error().text();
    test::run(ctx, fetch(made->get()));
    return *answer ? "" : answer->error().text();
  }

  asio::io_context ctx{1};
  test::test_ca ca;
  config::upstream_settings settings;
  std::optional<test::tls_server> server;
  std::optional<result<upstream_answer>> answer;
  std::ostringstream log;
  std::shared_ptr<spdlog::logger> before;
};

TEST_F(HttpsUpstream, AGoodCertificateIsAcceptedWithoutAWord) {
  serve({});
  EXPECT_THAT(ask(), IsEmpty());
  EXPECT_EQ(answer->value().body, "{}");
  EXPECT_THAT(log.str(), IsEmpty());
}

TEST_F(HttpsUpstream, ARefusalNamesTheUpstreamThePlaceAndTheReason) {
  serve({.name = "old", .starts = -7200, .ends = -3600});
  const auto why = ask();
  EXPECT_EQ(answer->error().code, client_errc::tls);
  EXPECT_THAT(why, HasSubstr("koji https://localhost:" + std::to_string(server->port())));
  EXPECT_THAT(why, HasSubstr("certificate CN=old: certificate has expired"));
  EXPECT_THAT(why, Not(HasSubstr("secret")));
  EXPECT_TRUE(server->requests.empty());
}

TEST_F(HttpsUpstream, NotVerifyingIsLoggedWithTheUpstreamsName) {
  serve({.also = "DNS:other.example"}, false);
  settings.tls.verify = false;
  EXPECT_THAT(ask(), IsEmpty());
  EXPECT_THAT(log.str(), HasSubstr("upstream koji: the certificate of localhost:" +
                                   std::to_string(server->port()) + " is not verified"));
}

TEST_F(HttpsUpstream, AFileThatIsNoCertificateIsAnErrorAtStart) {
  settings.url = "https://localhost";
  settings.tls.ca = ca.file("broken.pem", "nothing");
  EXPECT_THAT(ask(), HasSubstr("koji: ca " + settings.tls.ca));
}

}  // namespace
}  // namespace freshet
