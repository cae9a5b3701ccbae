#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "net/client/http_client.hpp"
#include "tests/net/tls/tls_server.hpp"
#include "tests/support/run.hpp"

namespace freshet::test {

/// A client, a TLS server and the authority that both know.
class https_fixture : public ::testing::Test {
 protected:
  static std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  tls_server& serve(const test_certificate& shown, tls_reply always = {ok("{}")}) {
    server.emplace(ctx, shown, [always](const std::string&) { return always; });
    return *server;
  }
  client_tls_options trusting() const { return {.ca = ca.root_file()}; }

  void connect(client_tls_options tls, std::string host = "localhost") {
    http_client_options options;
    options.host = std::move(host);
    options.port = server->port();
    options.tls = make_client_tls(tls).value();
    options.lookup = [](const std::string&) {
      return host_lookup::addresses{asio::ip::address_v4::loopback()};
    };
    client.emplace(ctx.get_executor(), std::move(options));
  }

  asio::awaitable<void> send_all(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      client_request request;
      got = co_await client->send(std::move(request));
    }
    co_await server->close();
  }
  /// The last answer to so many requests, one after the other.
  result<client_answer> ask(std::size_t times = 1) {
    run(ctx, send_all(times));
    return *got;
  }
  /// The text of the refusal; "" when it was accepted.
  std::string refusal() {
    ask();
    if (got->has_value()) return "";
    EXPECT_EQ(got->error().code, client_errc::tls) << got->error().text();
    EXPECT_TRUE(got->error().detail.starts_with("https://")) << got->error().detail;
    EXPECT_NE(got->error().detail.find(":" + std::to_string(server->port())), std::string::npos);
    EXPECT_TRUE(server->requests.empty()) << "something was sent to a peer that was refused";
    return got->error().detail;
  }

  asio::io_context ctx{1};
  test_ca ca;
  std::optional<tls_server> server;
  std::optional<http_client> client;
  std::optional<result<client_answer>> got;
};

}  // namespace freshet::test
