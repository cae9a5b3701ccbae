#include "connectors/bus/amqp/delivery_decoder.hpp"

#include <gmock/gmock.h>

#include "core/select/selector.hpp"

namespace freshet {
namespace {

constexpr wall_time arrived{std::chrono::seconds{1'700'000'000}};

amqp_delivery fedoras() {
  amqp_delivery out;
  out.topic = "org.fedoraproject.prod.bodhi.update.complete.stable";
  out.message_id = "7a1c0c1b-96ad-4c13-9cf5-1e0e1d1d5c34";
  out.content_encoding = "utf-8";
  out.headers =
      R"({"fedora_messaging_schema":"bodhi.update.complete.stable.v1","fedora_messaging_severity":20,)"
      R"("sent-at":"2019-07-30T19:12:22+00:00","fedora_messaging_rpm_texworks":true,)"
      R"("fedora_messaging_rpm_golang-github-SAP-go-hdb":true,"fedora_messaging_user_eclipseo":true})";
  out.body = R"({"agent":"mohanboddu","update":{"alias":"FEDORA-2019-d64d0caab3"}})";
  out.size = out.body.size();
  return out;
}

TEST(DeliveryDecoder, AMessageOfFedora) {
  delivery_decoder decoder("fedora", 1000);
  const auto got = decoder.decode(fedoras(), arrived);
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.topic, "org.fedoraproject.prod.bodhi.update.complete.stable");
  EXPECT_EQ(got.value.id, "7a1c0c1b-96ad-4c13-9cf5-1e0e1d1d5c34");
  EXPECT_EQ(got.value.time, wall_time{std::chrono::seconds{1'564'513'942}});
  std::vector<std::string> packages;
  EXPECT_TRUE(selector::from_keys("/headers", "fedora_messaging_rpm_{}")
                  .value()
                  .take(got.value, nullptr, packages));
  EXPECT_THAT(packages, testing::ElementsAre("texworks", "golang-github-SAP-go-hdb"));
  std::vector<std::string> alias;
  EXPECT_TRUE(selector::from_pointer("/msg/update/alias").value().take(got.value, nullptr, alias));
  EXPECT_THAT(alias, testing::ElementsAre("FEDORA-2019-d64d0caab3"));
}

TEST(DeliveryDecoder, EverythingButTopicAndBodyIsOptional) {
  delivery_decoder decoder("b", 1000);
  amqp_delivery bare;
  bare.topic = "a.b";
  bare.body = "{}";
  const auto got = decoder.decode(bare, arrived);
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.id, "");
  EXPECT_EQ(got.value.time, arrived);
  EXPECT_FALSE(got.value.headers);
}

TEST(DeliveryDecoder, PoisonHasAReasonEach) {
  delivery_decoder decoder("b", 1000);
  const auto drop = [&](auto change) {
    auto message = fedoras();
    change(message);
    return decoder.decode(message, arrived).drop;
  };
  EXPECT_EQ(drop([](auto& m) { m.body = "not json"; }), "malformed");
  EXPECT_EQ(drop([](auto& m) { m.body = "{\"a\":\"\xc3\"}"; }), "malformed");
  EXPECT_EQ(drop([](auto& m) { m.body.clear(); }), "malformed");
  EXPECT_EQ(drop([](auto& m) { m.topic.clear(); }), "bad_topic");
  EXPECT_EQ(drop([](auto& m) { m.content_encoding = "gzip"; }), "encoding");
  EXPECT_EQ(drop([](auto& m) { m.refused = "too_large"; }), "too_large");
  EXPECT_EQ(drop([](auto& m) { m.content_encoding = "UTF-8"; }), "");
  EXPECT_EQ(drop([](auto& m) { m.content_encoding.clear(); }), "");
}

TEST(DeliveryDecoder, WhatTheLockerHoldsIsTakenAgainWithItsHeaders) {
  delivery_decoder decoder("fedora", 1000);
  ASSERT_TRUE(decoder.decode(fedoras(), arrived));
  const auto kept = decoder.envelope();
  const auto again = decoder.decode_envelope(kept, arrived);
  ASSERT_TRUE(again);
  EXPECT_EQ(again.value.id, "7a1c0c1b-96ad-4c13-9cf5-1e0e1d1d5c34");
  EXPECT_EQ(again.value.headers->size(), 6u);
}

}  // namespace
}  // namespace freshet
