#include <gmock/gmock.h>

#include "core/config/amqp_settings.hpp"
#include "core/config/webhook_settings.hpp"
#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using namespace std::chrono_literals;
using test::good;
using test::only_problem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(AmqpConfig, EverythingAndItsDefaults) {
  const auto s = good(R"([bus.fedora]
kind = "amqp"
url = "amqps://fedora:@rabbitmq.example.org/%2Fpublic_pubsub"
tls = { ca = "ca.pem", cert = "c.pem", key = "k.pem" }
topics = ["org.fedoraproject.prod."]
[bus.plain]
kind = "amqp"
url = "amqp://localhost"
exchange = "events"
queue = "mine"
prefetch = 100
expires = "2h"
max_message = "2MiB"
catch_up = { kind = "datagrepper", url = "https://h/v2/search" })");
  ASSERT_EQ(s.buses.size(), 2u);
  const auto& fedora = *s.buses[0].amqp;
  EXPECT_EQ(fedora.exchange, "amq.topic");
  EXPECT_EQ(fedora.prefetch, 25u);
  EXPECT_EQ(fedora.expires, 72h);
  EXPECT_EQ(fedora.queue, "");
  EXPECT_EQ(fedora.tls.cert, "c.pem");
  EXPECT_THAT(s.buses[0].topics, ElementsAre("org.fedoraproject.prod."));
  const auto& plain = *s.buses[1].amqp;
  EXPECT_EQ(plain.exchange, "events");
  EXPECT_EQ(plain.queue, "mine");
  EXPECT_EQ(plain.prefetch, 100u);
  EXPECT_EQ(plain.expires, 2h);
  EXPECT_TRUE(s.buses[1].catch_up);
}

TEST(AmqpConfig, ProblemsNeverShowThePassword) {
  EXPECT_EQ(only_problem("[bus.x]\nkind = 'amqp'"), "1:1: bus.x: `url` is missing");
  const auto wrong = only_problem("[bus.x]\nkind = 'amqp'\nurl = 'amqp://u:secret@h/a/b'");
  EXPECT_THAT(wrong, HasSubstr("3:7: bus.x.url: a vhost with a slash is written with %2F"));
  EXPECT_EQ(wrong.find("secret"), std::string::npos);
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'amqp'\nurl = 'amqp://h'\ntls = { ca = 'a' }"),
              HasSubstr("amqps://"));
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'amqp'\nurl = 'amqp://h'\nprefetch = 0"),
              HasSubstr("bus.x.prefetch"));
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'amqp'\nurl = 'amqp://h'\nexpires = '1s'"),
              HasSubstr("bus.x.expires"));
  EXPECT_THAT(only_problem("[bus.x]\nkind = 'amqp'\nurl = 'amqp://h'\ntopics = 'a.#'"),
              HasSubstr("byte prefix"));
  good("[bus.x]\nkind = 'amqp'\nurl = 'amqp://u:${env:P}@${file:/h}'");
}

TEST(AmqpConfig, ShownWithoutThePasswordAndReadAgain) {
  const auto text = show(good(R"([bus.x]
kind = "amqp"
url = "amqps://fedora:secret@h/%2Fv"
queue = "q")"));
  EXPECT_THAT(text, HasSubstr(R"(url = "amqps://fedora:***@h/%2Fv")"));
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(show(good(text)), text);
}

constexpr std::string_view hook = R"([bus.github]
kind = "webhook"
listen = "127.0.0.1:8082"
path = "/hooks/github"
check = "github"
secret = ["${file:new}", "old"]
topic = "github.{/headers/x-github-event}.{/msg/action}"
)";

TEST(WebhookConfig, EverythingAndItsDefaults) {
  const auto s = good(hook);
  const auto& of = *s.buses[0].webhook;
  EXPECT_EQ(of.listen.port, 8082);
  EXPECT_EQ(of.path, "/hooks/github");
  EXPECT_EQ(of.header, "x-hub-signature-256");
  EXPECT_EQ(of.secrets.size(), 2u);
  ASSERT_EQ(of.id.size(), 1u);
  EXPECT_EQ(of.id[0].text(), "/headers/x-github-delivery");
  EXPECT_EQ(of.rate, 100);
  EXPECT_THAT(topic_parts("a.{/x.y/z}.b-{/c}"), ElementsAre("a", "{/x.y/z}", "b-{/c}"));
}

TEST(WebhookConfig, GenericOnesNameTheirHeader) {
  const auto s = good(R"([bus.h]
kind = "webhook"
listen = "127.0.0.1:8082"
path = "/h"
check = "hmac"
header = "X-Gitea-Signature"
secret = "s"
topic = "t"
id = { at = "/msg/ids", split = "," }
rate = "5/s")");
  const auto& of = *s.buses[0].webhook;
  EXPECT_EQ(of.header, "x-gitea-signature");
  EXPECT_EQ(of.rate, 5);
  EXPECT_EQ(of.id.size(), 1u);
}

TEST(WebhookConfig, Problems) {
  const auto with = [](std::string from, std::string to) {
    std::string text(hook);
    text.replace(text.find(from), from.size(), to);
    return only_problem(text);
  };
  EXPECT_THAT(with("path = \"/hooks/github\"", "path = \"hooks\""), HasSubstr("bus.github.path"));
  EXPECT_THAT(with("\"github\"\nsecret", "\"gitlab\"\nsecret"), HasSubstr("bus.github.check"));
  EXPECT_THAT(with("[\"${file:new}\", \"old\"]", "\"\""), HasSubstr("not empty"));
  EXPECT_THAT(with("{/msg/action}", "{/msg/action"), HasSubstr("bus.github.topic"));
  EXPECT_THAT(with("topic =", "header = \"x\"\ntopic ="), HasSubstr("hmac"));
}

TEST(WebhookConfig, ShownWithoutSecretsAndReadAgain) {
  const auto text = show(good(hook));
  EXPECT_THAT(text, HasSubstr(R"(secret = ["${file:new}", "***"])"));
  EXPECT_EQ(text.find("old"), std::string::npos);
}

TEST(ZmqConfig, TheQueueIsBounded) {
  constexpr std::string_view bus = "[bus.x]\nkind = 'zmq'\nconnect = 'tcp://h:1'\n";
  EXPECT_THAT(only_problem(std::string(bus) + "hwm = 0"), HasSubstr("bus.x.hwm"));
}

TEST(WebhookConfig, ItsListenerIsItsOwn) {
  constexpr std::string_view rest =
      "\nkind = 'webhook'\npath = '/h'\ncheck = 'hmac'\nsecret = 's'\ntopic = 'a'\n"
      "listen = '127.0.0.1:8082'\n";
  const auto one = "[bus.h]" + std::string(rest);
  EXPECT_TRUE(good(one).buses[0].webhook);
  EXPECT_EQ(only_problem("listen = '127.0.0.1:8082'\n" + one),
            "8:10: bus.h.listen: `listen` has this address already");
  EXPECT_EQ(only_problem("admin = '127.0.0.1:8082'\n" + one),
            "8:10: bus.h.listen: `admin` has this address already");
  EXPECT_EQ(only_problem(one + "[bus.g]" + std::string(rest)),
            "14:10: bus.g.listen: `bus.h.listen` has this address already");
  EXPECT_THAT(only_problem("listen = '0.0.0.0:8082'\n" + one), HasSubstr("bus.h.listen"));
  good("listen = '[::1]:8082'\n" + one);
}

TEST(Listeners, TheDefaultOfAdminIsInTheWayToo) {
  EXPECT_EQ(only_problem("listen = '127.0.0.1:8081'"),
            "1:10: admin: `listen` has this address already");
  EXPECT_EQ(only_problem("listen = '127.0.0.1:9'\nadmin = '127.0.0.1:9'"),
            "2:9: admin: `listen` has this address already");
}

TEST(Text, ANulIsNoPartOfAName) {
  EXPECT_THAT(only_problem("state = \"a\\u0000b\""), HasSubstr("without NUL"));
}

}  // namespace
}  // namespace freshet::config
