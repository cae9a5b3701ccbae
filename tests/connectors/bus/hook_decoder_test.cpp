#include "connectors/bus/webhook/hook_decoder.hpp"

#include <gtest/gtest.h>

#include "core/config/webhook_settings.hpp"

namespace freshet {
namespace {

constexpr wall_time arrived{std::chrono::seconds{1'700'000'000}};

class HookDecoder : public testing::Test {
 protected:
  void SetUp() override { open("github.{/headers/x-github-event}.{/msg/action}"); }
  void open(const std::string& topic) {
    config::bus_settings settings;
    settings.name = "github";
    auto hook = std::make_shared<config::webhook_settings>();
    hook->topic = topic;
    hook->header = "x-hub-signature-256";
    hook->id.push_back(selector::from_pointer("/headers/x-github-delivery").value());
    settings.webhook = hook;
    settings.max_message = 1000;
    auto made = hook_decoder::create(settings);
    ASSERT_TRUE(made);
    decoder.emplace(std::move(*made));
  }
  std::optional<hook_decoder> decoder;
};

TEST_F(HookDecoder, APostOfGitHub) {
  const auto got = decoder->decode(
      "Host: h\r\nX-GitHub-Event: issues\r\nX-GitHub-Delivery: d-1\r\n"
      "X-Hub-Signature-256: sha256=aa\r\nX-Hub-Signature: sha1=bb\r\n"
      "Authorization: Bearer secret\r\nCookie: s=1\r\n",
      R"({"action":"opened","issue":{"number":7}})", arrived);
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.topic, "github.issues.opened");
  EXPECT_EQ(got.value.id, "d-1");
  EXPECT_EQ(got.value.time, arrived);
  EXPECT_EQ(simdjson::minify(*got.value.headers),
            R"({"host":"h","x-github-event":"issues","x-github-delivery":"d-1"})");
  EXPECT_EQ(decoder->envelope().find("secret"), std::string::npos);
}

TEST_F(HookDecoder, AMissingPartIsLeftOut) {
  EXPECT_EQ(decoder->decode("X-GitHub-Event: push\r\n", "{}", arrived).value.topic, "github.push");
  EXPECT_EQ(decoder->decode("", "{}", arrived).value.topic, "github");
  EXPECT_EQ(decoder->decode("", R"({"action":{"a":1}})", arrived).value.topic, "github");
  open("{/msg/topic}");
  EXPECT_EQ(decoder->decode("", R"({"topic":"pagure.issue.new"})", arrived).value.topic,
            "pagure.issue.new");
  EXPECT_EQ(decoder->decode("", "{}", arrived).drop, "bad_topic");
}

TEST_F(HookDecoder, TheFirstOfTwoFieldsCountsAndBytesAreBytes) {
  const auto got =
      decoder->decode("X-GitHub-Event: a\r\nx-github-event: b\r\nX: \xff\"\r\n", "{}", arrived);
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.topic, "github.a");
}

TEST_F(HookDecoder, ANumberMayBeOfAnySize) {
  open("t.{/msg/n}");
  const auto got = decoder->decode("", R"({"n":340282366920938463463374607431768211456})", arrived);
  ASSERT_TRUE(got) << got.drop;
  EXPECT_EQ(got.value.topic, "t.340282366920938463463374607431768211456");
}

TEST_F(HookDecoder, BodiesThatAreNoneAreMalformed) {
  for (const auto* body : {"", "x", "{", "{}}", "1,\"headers\":{}", "{},\"body\":1"})
    EXPECT_EQ(decoder->decode("", body, arrived).drop, "malformed") << body;
}

TEST_F(HookDecoder, WhatTheLockerHoldsIsTakenAgain) {
  ASSERT_TRUE(decoder->decode("X-GitHub-Event: push\r\n", "{}", arrived));
  const auto kept = decoder->envelope();
  const auto again = decoder->decode_envelope(kept, arrived);
  ASSERT_TRUE(again);
  EXPECT_EQ(again.value.topic, "github.push");
}

}  // namespace
}  // namespace freshet
