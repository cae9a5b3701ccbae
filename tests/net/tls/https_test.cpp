#include <gmock/gmock.h>

#include "tests/net/tls/client.hpp"

namespace freshet {
namespace {

using test::tls_reply;
using testing::ElementsAre;
using testing::HasSubstr;

/// HTTP over TLS once the certificate is good.
class Https : public test::https_fixture {};

TEST_F(Https, TheNameIsSentAndAnAddressIsNot) {
  serve(ca.sign());
  connect(trusting());
  ASSERT_TRUE(ask());
  EXPECT_THAT(server->names, ElementsAre("localhost"));

  serve(ca.sign());
  connect(trusting(), "127.0.0.1");
  ASSERT_TRUE(ask());
  EXPECT_THAT(server->names, ElementsAre(""));
}

TEST_F(Https, OneHandshakeServesManyRequests) {
  serve(ca.sign());
  connect(trusting());
  ASSERT_TRUE(ask(5));
  EXPECT_EQ(server->requests.size(), 5u);
  EXPECT_EQ(server->handshakes, 1u);
  EXPECT_EQ(client->idle(), 1u);
}

TEST_F(Https, AConnectionThatDiedWhileKeptIsReplaced) {
  server.emplace(ctx, ca.sign(), [this](const std::string&) {
    const bool dies = server->requests.size() == 2;
    return dies ? tls_reply{"", tls_reply::then::cut} : tls_reply{ok("{}")};
  });
  connect(trusting());
  ASSERT_TRUE(ask(2));
  EXPECT_EQ(server->requests.size(), 3u);
  EXPECT_EQ(server->handshakes, 2u);
}

TEST_F(Https, TheClientShowsItsCertificate) {
  const auto mine = ca.sign({.name = "freshet", .usage = "clientAuth"});
  serve(ca.sign()).demand_client(ca.root);
  auto tls = trusting();
  tls.cert = ca.file("cert.pem", mine.pem());
  tls.key = ca.file("key.pem", mine.key_pem());
  connect(tls);
  ASSERT_TRUE(ask());
  EXPECT_THAT(server->client, HasSubstr("CN=freshet"));
}

TEST_F(Https, WithoutACertificateTheServersRefusalIsAnError) {
  serve(ca.sign()).demand_client(ca.root);
  connect(trusting());
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, client_errc::tls) << answer.error().text();
  EXPECT_THAT(answer.error().detail, HasSubstr("certificate required"));
}

TEST_F(Https, ABodyThatEndsWithTheGoodbyeIsWhole) {
  serve(ca.sign(), {"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", tls_reply::then::close});
  connect(trusting());
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->body, "{\"a\":1}");
}

/// Whoever cuts TCP in the middle must not be able to shorten a document.
TEST_F(Https, ABodyThatEndsWithoutTheGoodbyeIsAnError) {
  for (const std::string head : {"", "Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"}) {
    serve(ca.sign(),
          {"HTTP/1.1 200 OK\r\n" + head + "\r\n7\r\n{\"a\":1}\r\n", tls_reply::then::cut});
    connect(trusting());
    const auto answer = ask();
    ASSERT_FALSE(answer) << head;
    EXPECT_EQ(answer.error().code, client_errc::unreachable) << answer.error().text();
  }
}

TEST_F(Https, AWholeBodyNeedsNoGoodbye) {
  serve(ca.sign(), {ok("{}"), tls_reply::then::cut});
  connect(trusting());
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace freshet
