#include "net/client/http_client.hpp"

#include <gmock/gmock.h>

#include <future>

#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::reply;
using testing::HasSubstr;
using answer = std::optional<result<client_answer>>;

const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

class HttpClient : public testing::Test {
 protected:
  void serve(test::raw_server::script script) { server.emplace(ctx, std::move(script)); }
  void serve(std::string bytes) {
    serve([bytes](const std::string&) { return reply{bytes, reply::then::keep}; });
  }
  void start(http_client_options options = {}) {
    if (options.host.empty()) options.host = "127.0.0.1";
    options.port = server->port();
    client.emplace(ctx.get_executor(), std::move(options));
  }
  asio::awaitable<void> send(std::string method, answer* out) {
    client_request request;
    request.method = std::move(method);
    *out = co_await client->send(std::move(request));
  }
  asio::awaitable<void> send_then_close(std::vector<std::string> methods, answer* out) {
    for (auto& method : methods) co_await send(method, out);
    co_await server->close();
  }
  /// The answer to the last of these requests.
  result<client_answer> ask(std::vector<std::string> methods = {"GET"}) {
    answer out;
    test::run(ctx, send_then_close(std::move(methods), &out));
    return *out;
  }

  asio::io_context ctx{1};
  std::optional<test::raw_server> server;
  std::optional<http_client> client;
};

TEST_F(HttpClient, InterimAnswersAreReadOver) {
  serve("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + good);
  start();
  const auto got = ask({"GET", "GET"});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "{}");
  EXPECT_EQ(server->connections, 1u);
}

TEST_F(HttpClient, InterimAnswersWithoutEndAreAnError) {
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += "HTTP/1.1 103 Early Hints\r\n\r\n";
  serve(flood + good);
  start();
  EXPECT_EQ(ask().error().code, client_errc::protocol);
}

TEST_F(HttpClient, ASwitchOfProtocolsIsAnError) {
  serve("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + good);
  start();
  EXPECT_EQ(ask().error().code, client_errc::protocol);
}

TEST_F(HttpClient, AHeadAnswerHasNoBody) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  start();
  const auto got = ask({"HEAD", "HEAD"});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(server->connections, 1u);
}

/// The server drops the second request unread, as one does that closed while we wrote.
TEST_F(HttpClient, OnlyWhatIsSafeIsSentAgain) {
  for (const std::string method : {"GET", "HEAD", "POST"}) {
    serve([this](const std::string&) {
      const bool dies = server->requests.size() == 2;
      return dies ? reply{"", reply::then::reset}
                  : reply{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", reply::then::keep};
    });
    start();
    const auto got = ask({"GET", method});
    const bool safe = method != "POST";
    EXPECT_EQ(got.has_value(), safe) << method;
    EXPECT_EQ(server->requests.size(), safe ? 3u : 2u) << method;
    EXPECT_EQ(server->connections, safe ? 2u : 1u) << method;
  }
}

TEST_F(HttpClient, AFreshConnectionThatDiesIsNotTriedAgain) {
  serve([](const std::string&) { return reply{"", reply::then::reset}; });
  start();
  EXPECT_EQ(ask().error().code, client_errc::unreachable);
  EXPECT_EQ(server->requests.size(), 1u);
}

TEST_F(HttpClient, AnAnswerThatBrokeOffIsNotAskedAgain) {
  serve([this](const std::string&) {
    const bool dies = server->requests.size() == 2;
    return dies ? reply{"HTTP/1.1 2", reply::then::reset} : reply{good, reply::then::keep};
  });
  start();
  EXPECT_EQ(ask({"GET", "GET"}).error().code, client_errc::unreachable);
  EXPECT_EQ(server->requests.size(), 2u);
}

TEST_F(HttpClient, ConnectionsAreCountedAndBounded) {
  serve([](const std::string&) { return reply{"", reply::then::hang}; });
  http_client_options options;
  options.connections = 2;
  options.timeout = 40ms;
  start(std::move(options));
  std::array<answer, 3> out;
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  for (auto& one : out) scope.spawn("send", send("GET", &one));
  while (!out[2]) ctx.run_one();
  EXPECT_EQ(client->open(), 2u);
  while (!out[0] || !out[1]) ctx.run_one();
  test::run(ctx, server->close());
  EXPECT_EQ(out[0]->error().code, client_errc::timed_out);
  EXPECT_EQ(out[1]->error().code, client_errc::timed_out);
  EXPECT_EQ(out[2]->error().code, client_errc::overloaded);
  EXPECT_EQ(client->open(), 0u);
}

TEST_F(HttpClient, ANameThatIsNotFoundIsNamed) {
  serve(good);
  http_client_options options;
  options.host = "up.example";
  options.lookup = [](const std::string&) -> result<host_lookup::addresses> {
    return error(client_errc::unreachable, "no such name");
  };
  start(std::move(options));
  const auto got = ask();
  EXPECT_EQ(got.error().code, client_errc::unreachable);
  EXPECT_EQ(got.error().detail, "up.example:" + std::to_string(server->port()) + ": no such name");
}

TEST_F(HttpClient, AHangingLookupCountsAgainstTheTimeToConnect) {
  serve(good);
  std::promise<void> wake;
  http_client_options options;
  options.host = "up.example";
  options.connect_timeout = 10ms;
  options.lookup = [awake = wake.get_future().share()](const std::string&) {
    awake.wait();
    return host_lookup::addresses{asio::ip::address_v4::loopback()};
  };
  start(std::move(options));
  const auto got = ask({"GET", "GET"});
  EXPECT_EQ(got.error().code, client_errc::timed_out);
  EXPECT_THAT(got.error().detail, HasSubstr("connecting to up.example:"));
  EXPECT_EQ(client->open(), 0u);
  wake.set_value();
}

TEST_F(HttpClient, ARefusedConnectionNamesWhere) {
  serve(good);
  start();
  test::run(ctx, server->close());
  const auto port = server->port();
  server.reset();
  answer out;
  test::run(ctx, send("GET", &out));
  EXPECT_EQ(out->error().code, client_errc::unreachable);
  EXPECT_EQ(out->error().detail,
            "connecting to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

/// The first address takes no connection and says nothing: its queue is full.
TEST_F(HttpClient, AnAddressThatSwallowsLeavesTimeForTheNext) {
  serve(good);
  using tcp = asio::ip::tcp;
  const auto swallows = asio::ip::make_address_v4("127.0.0.2");
  tcp::acceptor full(ctx);
  full.open(tcp::v4());
  full.bind({swallows, server->port()});
  full.listen(0);
  tcp::socket first(ctx), second(ctx);
  first.connect(full.local_endpoint());
  second.async_connect(full.local_endpoint(), [](boost::system::error_code) {});
  http_client_options options;
  options.host = "up.example";
  options.connect_timeout = 200ms;
  options.lookup = [swallows](const std::string&) {
    return host_lookup::addresses{swallows, asio::ip::address_v4::loopback()};
  };
  start(std::move(options));
  answer out;
  task_scope scope(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
  scope.spawn("send", send_then_close({"GET"}, &out));
  while (!out && ctx.run_one() > 0) continue;
  second.close();
  ctx.run();
  ASSERT_TRUE(*out) << out->error().text();
}

}  // namespace
}  // namespace freshet
