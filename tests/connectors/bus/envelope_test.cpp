#include "connectors/bus/envelope/envelope.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

constexpr wall_time arrived{std::chrono::seconds{1'700'000'000}};

class Envelope : public testing::Test {
 protected:
  decoded_message read(const message_parts& parts) {
    write_envelope(parts, text);
    return decoder.decode(text, arrived);
  }
  envelope_decoder decoder{"b", 1000};
  std::string text;
};

TEST_F(Envelope, EveryPartIsWhereRulesLook) {
  const auto got = read({"a.b", "id-1", 1'600'000'000, R"({"x":1})", R"({"y":[2]})"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.bus, "b");
  EXPECT_EQ(got.value.topic, "a.b");
  EXPECT_EQ(got.value.id, "id-1");
  EXPECT_EQ(got.value.time, wall_time{std::chrono::seconds{1'600'000'000}});
  EXPECT_EQ(simdjson::minify(*got.value.msg), R"({"y":[2]})");
  EXPECT_EQ(simdjson::minify(*got.value.headers), R"({"x":1})");
  EXPECT_FALSE(got.value.members);
  EXPECT_EQ(got.value.bytes, text);
}

TEST_F(Envelope, SentAtCountsMoreThanTheTimestampAndArrivalIsTheLast) {
  const auto sent = read({"a", "", 5, R"({"sent-at":"2019-07-30T19:12:22+00:00"})", "{}"});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent.value.time, wall_time{std::chrono::seconds{1'564'513'942}});
  EXPECT_EQ(read({"a", "", {}, "", "{}"}).value.time, arrived);
  EXPECT_EQ(read({"a", "", {}, R"({"sent-at":"yesterday"})", "{}"}).value.time, arrived);
}

TEST_F(Envelope, AnyJsonValueIsABody) {
  for (const auto* body : {"1", "\"x\"", "null", "[1,2]", " {} \n", "true"})
    EXPECT_TRUE(read({"a", "", {}, "", body})) << body;
}

TEST_F(Envelope, ABodyThatWouldEscapeIsMalformed) {
  for (const auto* body : {"", "{", "1,\"id\":\"x\"", "1}", "{}}", "1,\"body\":2",
                           "1, \"body\" : 2", "{},{}", "\xff", "1 2", "NaN", "{\"a\":tru}"})
    EXPECT_EQ(read({"a", "", {}, "", body}).drop, "malformed") << body;
}

TEST_F(Envelope, ABodyNamesNoTopicAndNoId) {
  const auto got = read({"a", "", {}, "", R"({"topic":"x","id":"y"})"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got.value.topic, "a");
  EXPECT_EQ(got.value.id, "");
  EXPECT_EQ(read({"", "", {}, "", R"({"topic":"x"})"}).drop, "bad_topic");
}

}  // namespace
}  // namespace freshet
