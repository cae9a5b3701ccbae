#include "net/api/admin/admin_guard.hpp"

#include "tests/net/api/admin_fixture.hpp"

namespace freshet::test {
namespace {

using api::attempts;
using namespace std::chrono_literals;

TEST_F(Admin, TheHostMustBeOurs) {
  settings.public_url = "https://Example.org:8443/fresh";
  settings.admin.host = "10.0.0.5";
  const auto json = "Content-Type: application/json\r\n";
  for (const auto* host : {"localhost", "LOCALHOST:1", "127.0.0.1:8081", "127.8.9.1", "[::1]:8081",
                           "example.org", "10.0.0.5:8081"}) {
    EXPECT_THAT(ask("POST /-/reload", json, "", host), StartsWith("HTTP/1.1 200")) << host;
    EXPECT_THAT(ask("GET /metrics", "", "", host), StartsWith("HTTP/1.1 200")) << host;
  }
  for (const auto* host : {"evil.example", "localhost.evil.example", "10.0.0.6", "[2001:db8::1]",
                           "example.org.evil"}) {
    EXPECT_THAT(ask("POST /-/reload", json, "", host),
                StartsWith("HTTP/1.1 421 Misdirected Request\r\n"))
        << host;
    EXPECT_THAT(ask("GET /-/locker", "", "", host), StartsWith("HTTP/1.1 421")) << host;
    EXPECT_THAT(ask("GET /-/healthy", "", "", host), StartsWith("HTTP/1.1 200")) << host;
    EXPECT_THAT(ask("GET /-/ready", "", "", host), StartsWith("HTTP/1.1 200")) << host;
  }
  EXPECT_EQ(port.asked.size(), 7u);
  EXPECT_THAT(numbers.scrape(), HasSubstr("freshet_admin_refused_total{why=\"host\"} 10"));
}

TEST_F(Admin, ListeningEverywhereEveryAddressIsOurs) {
  settings.admin.host = "0.0.0.0";
  const auto json = "Content-Type: application/json\r\n";
  EXPECT_THAT(ask("POST /-/reload", json, "", "10.0.0.6:8081"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("POST /-/reload", json, "", "evil.example"), StartsWith("HTTP/1.1 421"));
}

TEST_F(Admin, PagesOfOtherOriginsMayDoNothing) {
  for (const auto* origin : {"https://evil.example", "null"}) {
    const auto field = "Origin: " + std::string(origin) + "\r\n";
    EXPECT_THAT(post("/-/reload", "{}", field), StartsWith("HTTP/1.1 403")) << origin;
    EXPECT_THAT(ask("GET /-/pages", field), StartsWith("HTTP/1.1 403")) << origin;
  }
  EXPECT_TRUE(port.asked.empty());
}

TEST_F(Admin, ATokenIsAskedForWhenConfigured) {
  require_token("s3cret");
  for (const auto* line : {"GET /", "GET /metrics", "GET /-/locker", "GET /-/none"}) {
    const auto got = ask(line);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 401 Unauthorized\r\n")) << line;
    EXPECT_THAT(got, HasSubstr("WWW-Authenticate: Bearer")) << line;
    EXPECT_THAT(ask(line, "Authorization: bearer s3cret\r\n"), Not(StartsWith("HTTP/1.1 401")));
  }
  for (const auto* wrong :
       {"Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret", "Bearer "}) {
    EXPECT_THAT(post("/-/reload", "{}", "Authorization: " + std::string(wrong) + "\r\n"),
                StartsWith("HTTP/1.1 401"))
        << wrong;
  }
  EXPECT_TRUE(port.asked.empty());
  EXPECT_THAT(post("/-/reload", "{}", "Authorization: Bearer s3cret\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /-/healthy"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /-/ready"), StartsWith("HTTP/1.1 200"));
  // Who has the token may read under any name, but not change.
  const auto token = "Content-Type: application/json\r\nAuthorization: Bearer s3cret\r\n";
  EXPECT_THAT(ask("GET /metrics", token, "", "fresh.example"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("POST /-/reload", token, "", "fresh.example"), StartsWith("HTTP/1.1 421"));
}

TEST_F(Admin, ATokenThatCannotBeReadLetsNobodyIn) {
  require_token("");
  EXPECT_THAT(ask("GET /metrics", "Authorization: Bearer \r\n"), StartsWith("HTTP/1.1 503"));
  settings.admin_token.source = "${env:FRESHET_TEST_NO_SUCH_VARIABLE}";
  EXPECT_THAT(ask("GET /metrics", "Authorization: Bearer x\r\n"), StartsWith("HTTP/1.1 503"));
}

TEST_F(Admin, TenWrongTokensShutAnAddressOut) {
  require_token("s3cret");
  const auto wrong = "Authorization: Bearer no\r\n", right = "Authorization: Bearer s3cret\r\n";
  ask("GET /metrics");  // none at all is not a guess
  for (int i = 0; i < 10; ++i) EXPECT_THAT(ask("GET /metrics", wrong), StartsWith("HTTP/1.1 401"));
  time.advance(15s);
  const auto got = ask("GET /metrics", right);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(got, HasSubstr("Retry-After: 45\r\n"));
  from.address = asio::ip::make_address("192.0.2.2");
  EXPECT_THAT(ask("GET /metrics", right), StartsWith("HTTP/1.1 200"));
  from.address = asio::ip::make_address("192.0.2.1");
  time.advance(45s);
  EXPECT_THAT(ask("GET /metrics", right), StartsWith("HTTP/1.1 200"));
}

TEST_F(Admin, BehindAProxyItsVisitorIsShutOut) {
  require_token("s3cret");
  from.proxy = true;
  const std::string wrong = "Authorization: Bearer no\r\n";
  for (int i = 0; i < 11; ++i) {
    ask("GET /metrics", wrong + "X-Forwarded-For: 198.51.100.9, 203.0.113.7\r\n");
  }
  EXPECT_THAT(ask("GET /metrics", wrong + "X-Forwarded-For: 203.0.113.7\r\n"),
              StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(ask("GET /metrics", wrong + "X-Forwarded-For: 203.0.113.8\r\n"),
              StartsWith("HTTP/1.1 401"));
}

TEST(Attempts, RememberABoundedNumberOfAddresses) {
  attempts a;
  manual_clock time;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    a.failed(asio::ip::address_v4(0x0a000000u + i), time.now());
    time.advance(1ms);
  }
  EXPECT_EQ(a.size(), attempts::addresses_max);
  const asio::ip::address last = asio::ip::address_v4(0x0a000000u + 2999);
  for (std::uint32_t i = 1; i < attempts::most; ++i) a.failed(last, time.now());
  EXPECT_TRUE(a.shut_out(last, time.now()));
}

}  // namespace
}  // namespace freshet::test
