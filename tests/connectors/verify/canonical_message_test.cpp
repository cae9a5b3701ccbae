#include "connectors/verify/canonical_message.hpp"

#include <gtest/gtest.h>

#include "connectors/verify/base64_text.hpp"

namespace freshet {
namespace {

std::string canonical(std::string_view frame) {
  auto made = canonical_of(frame);
  return made.wrong.empty() ? made.bytes : "! " + std::string(made.wrong);
}

TEST(CanonicalMessage, SortsNamesAtEveryDepthAndDropsSpaces) {
  EXPECT_EQ(canonical(R"({"b": [1, {"z": 1, "a": 2}], "a": {}})"),
            R"({"a":{},"b":[1,{"a":2,"z":1}]})");
  EXPECT_EQ(canonical("{ }"), "{}");
  EXPECT_EQ(canonical(R"({"é":1,"z":2,"Z":3,"\ud83d\ude00":4,"\ufb01":5})"),
            R"({"Z":3,"z":2,"\u00e9":1,"\ufb01":5,"\ud83d\ude00":4})")
      << "names in the order of their code points";
}

TEST(CanonicalMessage, LeavesOutWhoSignedOutsideOnly) {
  const auto made = canonical_of(
      R"({"signature":"s\n","msg":{"signature":1,"certificate":2},"certificate":"c","topic":"t","timestamp":1.50})");
  EXPECT_EQ(made.bytes, R"({"msg":{"certificate":2,"signature":1},"timestamp":1.50,"topic":"t"})");
  EXPECT_EQ(made.signature, "s\n");
  EXPECT_EQ(made.certificate, "c");
  EXPECT_EQ(made.topic, "t");
  EXPECT_EQ(made.timestamp, "1.50");
  EXPECT_FALSE(canonical_of(R"({"signature":1,"topic":null})").signature.has_value());
}

TEST(CanonicalMessage, NumbersAreTheCharactersThatCame) {
  for (const std::string n : {"1359604772.178867", "1504643075", "1.50", "-0", "0.10e-07", "1E+2",
                              "12345678901234567890123456789"})
    EXPECT_EQ(canonical("{\"a\":" + n + "}"), "{\"a\":" + n + "}");
  for (const std::string n : {"01", "+1", ".5", "1.", "1e", "0x1", "NaN", "-", "--1", "1 2"})
    EXPECT_EQ(canonical("{\"a\":" + n + "}"), "! json") << n;
}

TEST(CanonicalMessage, TextsAreWrittenAsPythonWritesThem) {
  EXPECT_EQ(canonical("{\"a\":\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\\u001f\\u007f\\u00e9\"}"),
            "{\"a\":\"A/\\b\\f\\n\\r\\t\\\"\\\\\\u001f\\u007f\\u00e9\"}");
  EXPECT_EQ(canonical("{\"a\":\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}"),
            "{\"a\":\"\\u007f\\u00e9\\u20ac\\ud83d\\ude00\"}");
}

TEST(CanonicalMessage, RefusesWhatIsNoSuchObject) {
  for (const auto* frame : {"",
                            "[]",
                            "1",
                            "{",
                            "{}}",
                            "{}x",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "[1,]",
                            "{\"a\":tru}",
                            "{\"a\":\"",
                            "{\"a\":\"\\",
                            "{\"a\":\"\\x\"}",
                            "{\"a\":\"\\u12\"}",
                            "{\"a\":\"\\ud800\"}",
                            "{\"a\":\"\\udc00\"}",
                            "{\"a\":\"\\ud800\\u0041\"}",
                            "{\"a\":\"\n\"}",
                            "{\"a\":\"\xff\"}",
                            "{\"a\":[1,]}",
                            "{\"a\":[1}"})
    EXPECT_EQ(canonical(frame), "! json") << frame;
}

/// Whatever a reader would take for the same although a byte of it changed.
TEST(CanonicalMessage, RefusesSpellingsThatOneByteMakes) {
  EXPECT_EQ(canonical("{\"a\":\"\\u00E9\"}"), "! json");
  EXPECT_EQ(canonical("{\"a\":\t1}"), "! json");
  EXPECT_EQ(canonical("{\"a\":1}\n"), "! json");
  EXPECT_EQ(canonical(R"({"a":1,"b":{"x":1,"\u0078":2}})"), "! duplicate_name");
  EXPECT_EQ(canonical(R"({"topic":"a","topic":"b"})"), "! duplicate_name");
}

TEST(CanonicalMessage, IsBounded) {
  const auto nested = [](std::size_t n) {
    return "{\"a\":" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  EXPECT_EQ(canonical(nested(canonical_depth_max - 1)), nested(canonical_depth_max - 1));
  EXPECT_EQ(canonical(nested(canonical_depth_max)), "! too_deep");
  EXPECT_EQ(canonical("{\"a\":" + std::string(1'000'000, '[')), "! too_deep");
}

TEST(Base64Text, TakesTheTwoFormsThatThereAre) {
  EXPECT_EQ(base64_bytes("YWI="), "ab");
  EXPECT_EQ(base64_bytes("YWI=\n"), "ab");
  const std::string line(76, 'A');
  EXPECT_EQ(base64_bytes(line + "\n" + "YWI=\n"), std::string(57, '\0') + "ab");
  EXPECT_EQ(base64_bytes(line + "YWI="), std::string(57, '\0') + "ab");
  for (const std::string& text :
       {std::string(""), std::string("\n"), std::string("YWI"), std::string("YWJ="),
        std::string("YW I="), std::string(" YWI="), std::string("YWI=\r"), std::string("YWI=\n\n"),
        std::string("YW=="), std::string("Y==="), std::string("YW\nI="), line + "YWI=\n",
        line + "\nYWI=", std::string(2u << 20, 'A')})
    EXPECT_FALSE(base64_bytes(text)) << text.substr(0, 90);
}

}  // namespace
}  // namespace freshet
