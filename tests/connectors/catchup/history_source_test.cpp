#include "connectors/catchup/history_source.hpp"

#include <gmock/gmock.h>

#include "tests/connectors/catchup/told_history.hpp"
#include "tests/net/tls/tls_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A history behind TLS that wants to know who asks.
class HistorySource : public testing::Test {
 protected:
  HistorySource() {
    const auto body = test::page_text({test::past_message("a", wall_time{})}, 1);
    server.emplace(ctx, ca.sign({}), [body](const std::string&) {
      return test::tls_reply{"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n" + body};
    });
    settings.url = "https://localhost:" + std::to_string(server->port()) + "/raw";
    settings.tls.ca = ca.root_file();
  }
  asio::awaitable<void> fetch(history_source* from) {
    answer = co_await from->ask({});
    co_await server->close();
  }
  void ask() {
    auto made = make_datagrepper(ctx.get_executor(), "fedmsg", settings,
                                 {{"Authorization", "Bearer t"}, {"X-Team", "infra"}});
    ASSERT_TRUE(made) << made.error().text();
    test::run(ctx, fetch(made->get()));
  }

  asio::io_context ctx{1};
  test::test_ca ca;
  config::catch_up_settings settings;
  std::optional<test::tls_server> server;
  std::optional<result<history_page>> answer;
};

TEST_F(HistorySource, ItsOwnAuthorityIsTrustedAndTheHeadersAreSent) {
  ask();
  ASSERT_TRUE(*answer) << answer->error().text();
  EXPECT_EQ((*answer)->rows(), 1u);
  ASSERT_EQ(server->requests.size(), 1u);
  EXPECT_THAT(server->requests[0],
              testing::AllOf(StartsWith("GET /raw?start="), HasSubstr("Authorization: Bearer t"),
                             HasSubstr("X-Team: infra"), HasSubstr("Accept: application/json")));
}

TEST_F(HistorySource, AnotherAuthorityIsNot) {
  test::test_ca other;
  settings.tls.ca = other.root_file();
  ask();
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, client_errc::tls);
  EXPECT_THAT(answer->error().text(), HasSubstr("bus.fedmsg.catch_up"));
  EXPECT_TRUE(server->requests.empty());
}

}  // namespace
}  // namespace freshet
