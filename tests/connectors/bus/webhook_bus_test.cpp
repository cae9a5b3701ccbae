#include "connectors/bus/webhook/webhook_bus.hpp"

#include <gmock/gmock.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "core/async/tokens.hpp"
#include "core/config/webhook_settings.hpp"
#include "tests/support/drive.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using tcp = asio::ip::tcp;

asio::awaitable<void> close_scope(task_scope* scope) { co_await scope->close(); }

asio::awaitable<void> converse(tcp::endpoint to, std::string request, std::string* answer) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(to, asio::deferred);
  co_await asio::async_write(socket, asio::buffer(request), asio::deferred);
  std::string all;
  static_cast<void>(co_await asio::async_read(socket, asio::dynamic_buffer(all), use_result));
  *answer = all + "\n";
}

class WebhookBus : public testing::Test {
 protected:
  void open(double rate = 0, bool durable = false) {
    config::bus_settings settings;
    settings.name = "hook";
    settings.max_message = 100;
    auto hook = std::make_shared<config::webhook_settings>();
    hook->listen.host = "127.0.0.1";
    hook->path = "/hook";
    hook->check = "bearer";
    hook->secrets = {{"old"}, {"new"}};
    hook->topic = "t.{/msg/kind}";
    hook->rate = rate;
    settings.webhook = hook;
    auto made = webhook_bus::create(
        ctx.get_executor(), time, settings,
        [this](const event& e) { topics.emplace_back(e.topic); },
        [this](const refused_message& m) {
          drops.push_back(std::string(m.why) + (m.keep ? " kept" : ""));
        },
        durable ? durable_hook([this](std::function<void()> call) { waiting.push_back(call); })
                : durable_hook());
    ASSERT_TRUE(made) << made.error().text();
    bus = std::move(*made);
    scope.emplace(ctx.get_executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
    scope->spawn("bus", bus->run());
    ASSERT_TRUE(test::drive(ctx, [&] { return bus->up(); }));
  }
  void TearDown() override {
    if (scope) test::run(ctx, close_scope(&*scope));
  }
  static std::string post(const std::string& body, const std::string& fields,
                          const std::string& line = "POST /hook") {
    return line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string good(const std::string& secret = "new") {
    return "Authorization: Bearer " + secret + "\r\nContent-Type: application/json\r\n";
  }
  std::string* say(const std::string& request) {
    answers.push_back(std::make_unique<std::string>());
    scope->spawn("client", converse(bus->local(), request, answers.back().get()));
    return answers.back().get();
  }
  std::string ask(const std::string& request) {
    const auto* answer = say(request);
    EXPECT_TRUE(test::drive(ctx, [&] { return answer->ends_with('\n') && answer->size() > 12; }));
    return *answer;
  }

  asio::io_context ctx{1};
  real_clock time;
  std::vector<std::string> topics, drops;
  std::vector<std::function<void()>> waiting;
  std::vector<std::unique_ptr<std::string>> answers;
  std::unique_ptr<webhook_bus> bus;
  std::optional<task_scope> scope;
};

TEST_F(WebhookBus, WhoHasOneOfTheSecretsIsHeard) {
  open();
  EXPECT_THAT(ask(post(R"({"kind":"a"})", good("old"))), StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(ask(post(R"({"kind":"b"})", good("new"), "POST /hook?x=1")),
              StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(topics, ElementsAre("t.a", "t.b"));
  EXPECT_THAT(drops, ElementsAre());
}

TEST_F(WebhookBus, EveryRefusalHasItsStatusAndStrangersFillNothing) {
  open();
  EXPECT_THAT(ask(post("{}", good("wrong"))), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(post("{}", "")), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(post("{}", good(), "POST /other")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask("GET /hook HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: OPTIONS, POST\r\n"),
                             HasSubstr("application/problem+json")));
  EXPECT_THAT(ask("PUT /hook HTTP/1.1\r\nHost: h\r\n\r\n"),
              testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: OPTIONS, POST\r\n")));
  EXPECT_THAT(ask(post(std::string(101, ' '), good())), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(post("a=1", "Authorization: Bearer new\r\nContent-Type: text/plain\r\n")),
              testing::AllOf(StartsWith("HTTP/1.1 415 "), HasSubstr("Accept-Post")));
  EXPECT_THAT(ask(post("{]", good())), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(topics, ElementsAre());
  EXPECT_THAT(drops, ElementsAre("signature", "signature", "content_type", "malformed kept"));
}

TEST_F(WebhookBus, BeyondTheRateTheSenderIsToldWhenToComeBack) {
  open(1);
  EXPECT_THAT(ask(post("{}", good())), StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(ask(post("{}", good())),
              testing::AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("Retry-After: 1\r\n")));
  EXPECT_THAT(ask(post("{}", good("wrong"))), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(drops, ElementsAre("rate", "signature"));
}

TEST_F(WebhookBus, AcceptedIsSaidWhenItCannotBeLostAnyMore) {
  open(0, true);
  const auto* answer = say(post("{}", good()));
  ASSERT_TRUE(test::drive(ctx, [&] { return waiting.size() == 1; }));
  EXPECT_THAT(topics, ElementsAre("t")) << "what it marks does not wait";
  EXPECT_EQ(*answer, "");
  waiting.front()();
  ASSERT_TRUE(test::drive(ctx, [&] { return answer->ends_with('\n'); }));
  EXPECT_THAT(*answer, StartsWith("HTTP/1.1 202 "));
}

TEST_F(WebhookBus, WhatIsOnItsWayOutSaysSendAgain) {
  open(0, true);
  bus->hold();
  EXPECT_THAT(ask(post("{}", good())),
              testing::AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 5\r\n")));
  EXPECT_THAT(topics, ElementsAre());
}

}  // namespace
}  // namespace freshet
