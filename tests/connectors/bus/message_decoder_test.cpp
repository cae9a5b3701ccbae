#include "connectors/bus/fedmsg/message_decoder.hpp"

#include <gtest/gtest.h>

#include "core/select/gather.hpp"

namespace freshet {
namespace {

class MessageDecoder : public ::testing::Test {
 protected:
  std::string_view drop(std::string_view topic, std::string_view body) {
    return decoder_.decode_frames(topic, body).drop;
  }
  message_decoder decoder_{"fedmsg", 4096};
};

std::string text(const event& e, std::string_view key) {
  std::string_view value;
  if (e.msg->at_key(key).get(value)) return "?";
  return std::string(value);
}

TEST_F(MessageDecoder, AFedmsgEnvelopeIsAnEvent) {
  const std::string body =
      R"({"i":1,"msg":{"name":"eclipse-ptp","owner":null},"timestamp":1359604772.178867,)"
      R"("topic":"org.fedoraproject.prod.buildsys.build.state.change","msg_id":"2013-x","username":"apache"})";
  const auto got =
      decoder_.decode_frames("org.fedoraproject.prod.buildsys.build.state.change", body);
  ASSERT_TRUE(got) << got.drop;
  EXPECT_FALSE(got.topic_differs);
  EXPECT_EQ(got.value.bus, "fedmsg");
  EXPECT_EQ(got.value.id, "2013-x");
  EXPECT_EQ(text(got.value, "name"), "eclipse-ptp");
  EXPECT_EQ(got.value.bytes, body);
  ASSERT_TRUE(got.value.time);
  EXPECT_EQ(got.value.time->time_since_epoch(), std::chrono::microseconds{1359604772178867});
  ASSERT_TRUE(got.value.members);
  std::string_view user;
  ASSERT_FALSE(got.value.members->at_key("username").get(user));
  EXPECT_EQ(user, "apache");
}

/// JSON sets them no limit, and what was received is not lost for them.
TEST_F(MessageDecoder, AnIntegerMayBeLongerThan64Bits) {
  const std::string body =
      R"({"msg":{"serial":340282366920938463463374607431768211455,"f":1.10,"n":-9223372036854775809}})";
  const auto got = decoder_.decode_frames("a.b", body);
  ASSERT_TRUE(got) << got.drop;
  EXPECT_EQ(got.value.bytes, body);
  text_list texts;
  const auto at = [&](const char* pointer) {
    return gather(*json::pointer::parse(pointer), got.value, nullptr, texts)
               ? std::string(texts.views().front())
               : "nothing";
  };
  EXPECT_EQ(at("/msg/serial"), "340282366920938463463374607431768211455");
  EXPECT_EQ(at("/msg/f"), "1.10");
  EXPECT_EQ(at("/msg/n"), "-9223372036854775809");
  EXPECT_EQ(drop("a.b", R"({"msg":1e999})"), "malformed") << "no double either";
  EXPECT_EQ(drop("a.b", R"({"msg":018446744073709551616})"), "malformed");
}

TEST_F(MessageDecoder, EveryTopicFamilyIsTaken) {
  for (const auto* topic :
       {"org.fedoraproject.prod.git.receive.valgrind.master", "io.pagure.prod.pagure.issue.new",
        "org.centos.prod.x", "org.release-monitoring.prod.anitya", "fedoracollege.video.new",
        "/topic/VirtualTopic.eng.bugzilla.bug.create"}) {
    EXPECT_EQ(drop(topic, R"({"msg":{}})"), "") << topic;
  }
}

TEST_F(MessageDecoder, OddOrMissingMembersAreNoReasonToDrop) {
  for (const auto* stamp : {"null", "\"yesterday\"", "-5", "1e300", "0", "{}"}) {
    const auto body =
        std::string(R"({"msg":{},"msg_id":null,"headers":[],"timestamp":)") + stamp + "}";
    const auto got = decoder_.decode_frames("a.b", body);
    ASSERT_TRUE(got) << stamp;
    EXPECT_FALSE(got.value.time) << stamp;
    EXPECT_EQ(got.value.id, "");
    EXPECT_FALSE(got.value.headers);
  }
  EXPECT_FALSE(decoder_.decode_frames("a.b", "{}").value.msg);
}

TEST_F(MessageDecoder, FedoraMessagingHasItsTimeAmongTheHeaders) {
  const auto got = decoder_.decode_line(
      R"({"topic":"a.b","id":"x","body":{"n":1},"headers":{"sent-at":"2019-07-30T19:12:22+00:00"}})");
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.id, "x");
  ASSERT_TRUE(got.value.time);
  EXPECT_EQ(got.value.time->time_since_epoch(), std::chrono::seconds{1564513942});
}

TEST_F(MessageDecoder, TheFirstOfDuplicateKeysWins) {
  EXPECT_EQ(decoder_.decode_frames("a", R"({"msg":{},"msg_id":"1","msg_id":"2"})").value.id, "1");
}

TEST_F(MessageDecoder, BadBodiesAreDroppedWithAReason) {
  for (const std::string& body :
       {"", "{", "[]", "1", "{}}", R"({"a":tru})", "{\"a\":\"\xff\"}", "\xef\xbb\xbf"}) {
    EXPECT_EQ(drop("a.b", body), "malformed") << body;
  }
  EXPECT_EQ(drop("a.b", std::string(2000, '[') + std::string(2000, ']')), "malformed");
  EXPECT_EQ(drop("a.b", "{\"a\":\"" + std::string(5000, 'x') + "\"}"), "too_large");
  EXPECT_EQ(drop("a.b", R"({"msg":1})"), "");
}

TEST_F(MessageDecoder, BadTopicsAreDroppedWithAReason) {
  for (const std::string& topic : {std::string(), std::string("a\xff"), std::string("a\nb"),
                                   std::string("a\0b", 3), std::string(1025, 'a')}) {
    EXPECT_EQ(drop(topic, "{}"), "bad_topic");
  }
}

TEST_F(MessageDecoder, ABodyThatNamesAnotherTopicIsSeen) {
  const auto got = decoder_.decode_frames("a.b", R"({"topic":"a.c","msg":{}})");
  EXPECT_TRUE(got.topic_differs);
  EXPECT_EQ(got.value.topic, "a.b");
}

TEST_F(MessageDecoder, ALinesMessageIsItsMsgItsBodyOrItself) {
  EXPECT_EQ(
      text(decoder_.decode_line(R"({"topic":"t","msg":{"k":"m"},"body":{"k":"b"}})").value, "k"),
      "m");
  EXPECT_EQ(text(decoder_.decode_line(R"({"topic":"t","body":{"k":"b"},"id":"i"})").value, "k"),
            "b");
  EXPECT_EQ(decoder_.decode_line(R"({"topic":"t","body":{},"id":"i"})").value.id, "i");
  EXPECT_EQ(text(decoder_.decode_line(R"({"topic":"t","k":"self"})").value, "k"), "self");
  EXPECT_EQ(decoder_.decode_line(R"({"k":"self"})").drop, "bad_topic");
}

TEST(MessageDecoderMemory, ALargeMessageDoesNotSpoilTheNextSmallOnes) {
  message_decoder decoder("b", 8u << 20);
  const auto large = R"({"msg":{"k":")" + std::string(4u << 20, 'x') + "\"}}";
  ASSERT_TRUE(decoder.decode_frames("t", large));
  for (int i = 0; i < 3; ++i) {
    const auto got = decoder.decode_frames("t", R"({"msg":{"k":"small"}})");
    ASSERT_TRUE(got);
    EXPECT_EQ(text(got.value, "k"), "small");
  }
}

}  // namespace
}  // namespace freshet
