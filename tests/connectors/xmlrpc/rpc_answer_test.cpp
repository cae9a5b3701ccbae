#include "connectors/upstream/xmlrpc/rpc_answer.hpp"

#include <gtest/gtest.h>

#include <random>

#include "connectors/upstream/xmlrpc/rpc_question.hpp"
#include "core/json/validate.hpp"

namespace freshet::xmlrpc {
namespace {

std::string response(const std::string& value) {
  return "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n" + value +
         "\n</param>\n</params>\n</methodResponse>\n";
}

/// The JSON of a value's inside, or why there is none.
std::string json(const std::string& inside) {
  const auto got = read_answer(response("<value>" + inside + "</value>"), {});
  if (!got) return got.error().text();
  return got->refusal ? got->refusal->sentence() : got->json;
}

TEST(RpcAnswer, EveryElementHasItsJson) {
  EXPECT_EQ(json("<i4>1</i4>"), "1");
  EXPECT_EQ(json("<int> -7 </int>"), "-7");
  EXPECT_EQ(json("<i8>9007199254740993</i8>"), "9007199254740993");
  EXPECT_EQ(json("<ex:i8>5</ex:i8>"), "5");
  EXPECT_EQ(json("<boolean>1</boolean>"), "true");
  EXPECT_EQ(json("<boolean>0</boolean>"), "false");
  EXPECT_EQ(json("<double>1731596060.342482</double>"), "1731596060.342482");
  EXPECT_EQ(json("<string>a &lt;b&gt; &amp; \"c\"</string>"), "\"a <b> & \\\"c\\\"\"");
  EXPECT_EQ(json("no type"), "\"no type\"");
  EXPECT_EQ(json(""), "\"\"");
  EXPECT_EQ(json("  "), "\"  \"");
  EXPECT_EQ(json("<string>  </string>"), "\"  \"");
  EXPECT_EQ(json("<string>a<![CDATA[<b>]]></string>"), "\"a<b>\"");
  EXPECT_EQ(json("<base64>AAEC\n Aw==\n</base64>"), "\"AAECAw==\"");
  EXPECT_EQ(json("<dateTime.iso8601>20241114T14:54:20</dateTime.iso8601>"),
            "\"20241114T14:54:20\"");
  EXPECT_EQ(json("<nil/>"), "null");
  EXPECT_EQ(json("<ex:nil/>"), "null");
  EXPECT_EQ(json("<array><data></data></array>"), "[]");
  EXPECT_EQ(json("<array><data><value><int>1</int></value><value>x</value></data></array>"),
            "[1,\"x\"]");
  EXPECT_EQ(json("<struct></struct>"), "{}");
  EXPECT_EQ(json("\n <struct>\n <member>\n<name>a\"</name>\n<value><nil/></value>\n</member>"
                 "<member><name>b</name><value><struct/></value></member></struct>\n"),
            "{\"a\\\"\":null,\"b\":{}}");
}

TEST(RpcAnswer, NumbersKeepTheirDigits) {
  EXPECT_EQ(json("<double>1.10</double>"), "1.10");
  EXPECT_EQ(json("<double>1e+20</double>"), "1e+20");
  EXPECT_EQ(json("<double>-0.0</double>"), "-0.0");
  EXPECT_EQ(json("<int>+5</int>"), "5");
  EXPECT_EQ(json("<int>-007</int>"), "-7");
  EXPECT_EQ(json("<int>-0</int>"), "0");
  EXPECT_EQ(json("<double>.5</double>"), "0.5");
  EXPECT_EQ(json("<double>5.</double>"), "5.0");
  EXPECT_EQ(json("<double>nan</double>"), "null");
  EXPECT_EQ(json("<double>-inf</double>"), "null");
  for (const std::string bad : {"", "x", "1 2", "0x1", "--1", "1e", "."})
    EXPECT_NE(json("<double>" + bad + "</double>").find("malformed"), std::string::npos) << bad;
  EXPECT_NE(json("<int>1.0</int>").find("malformed"), std::string::npos);
  EXPECT_EQ(json("<i8>-9223372036854775808</i8>"), "-9223372036854775808");
  EXPECT_EQ(json("<i8>18446744073709551615</i8>"), "18446744073709551615");
  EXPECT_NE(json("<i8>18446744073709551616</i8>").find("malformed"), std::string::npos);
  EXPECT_NE(json("<i8>-9223372036854775809</i8>").find("malformed"), std::string::npos);
  EXPECT_EQ(json("<double>1e999</double>"), "null");
  EXPECT_EQ(json("<double>1e-999</double>"), "1e-999");
  EXPECT_NE(json("<boolean>2</boolean>").find("malformed"), std::string::npos);
}

TEST(RpcAnswer, AFaultIsTold) {
  const std::string fault =
      "<value><struct><member><name>faultCode</name><value><int>1000</int></value></member>"
      "<member><name>faultString</name><value><string>No such build: 'x'</string></value></member>"
      "</struct></value>";
  const auto got = read_answer(
      "<?xml version='1.0'?><methodResponse><fault>" + fault + "</fault></methodResponse>", {});
  ASSERT_TRUE(got && got->refusal);
  EXPECT_EQ(got->refusal->sentence(), "fault 1000: No such build: 'x'");
  const auto all = read_answers(
      response("<value><array><data><value><array><data><value><int>7</int></value></data></array>"
               "</value>" +
               fault + "<value><array><data><value><nil/></value></data></array></value>" +
               "</data></array></value>"),
      {});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].json, "7");
  EXPECT_EQ((*all)[1].refusal->code, 1000);
  EXPECT_EQ((*all)[2].json, "null");
}

TEST(RpcAnswer, WhatIsNotXmlRpcIsRefused) {
  for (const std::string bad :
       {"", "not XML", "<html/>", "<methodResponse/>", "<methodResponse><params/></methodResponse>",
        "<methodResponse><params><param><value/></param></params><fault/></methodResponse>",
        "<a><b></a></b>", "<!DOCTYPE a><methodResponse/>"})
    EXPECT_FALSE(read_answer(bad, {})) << bad;
  EXPECT_NE(json("<blob/>").find("<blob>"), std::string::npos);
  EXPECT_NE(json("<int>1</int><int>2</int>").find("two types"), std::string::npos);
  EXPECT_FALSE(read_answers(response("<value><int>1</int></value>"), {}));
}

TEST(RpcAnswer, AsDeepAsAPageMayBe) {
  const auto nested = [](int levels) {
    std::string open, close;
    for (int i = 0; i < levels; ++i) {
      open += "<array><data><value>";
      close += "</value></data></array>";
    }
    return open + "<nil/>" + close;
  };
  EXPECT_EQ(json(nested(64)), std::string(64, '[') + "null" + std::string(64, ']'));
  EXPECT_NE(json(nested(65)).find("out of range"), std::string::npos);
  EXPECT_NE(json(nested(5000)).find("out of range"), std::string::npos);
}

/// Any JSON, written as a question and read back as an answer, is what it was.
class any_json {
 public:
  explicit any_json(std::uint64_t seed) : random_(seed) {}
  std::string value(int depth = 0) {
    switch (random_() % (depth > 4 ? 6 : 8)) {
      case 0:
        return "null";
      case 1:
        return random_() % 2 ? "true" : "false";
      case 2:
        return std::to_string(static_cast<std::int32_t>(random_()));
      case 3:
        return std::to_string(static_cast<std::int64_t>(random_()));
      case 4:
        return std::to_string(random_() % 100000) + "." + std::to_string(random_() % 1000) + "1";
      case 5:
        return text();
      case 6: {
        std::string out = "[";
        for (auto n = random_() % 4; n > 0; --n) out += (out == "[" ? "" : ",") + value(depth + 1);
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (auto n = random_() % 4; n > 0; --n)
          out += (out == "{" ? "" : ",") + text() + ":" + value(depth + 1);
        return out + "}";
      }
    }
  }

 private:
  std::string text() {
    static const std::vector<std::string> pieces{"a", "<b>", "&amp;", " ",     "\\\"", "\\\\",
                                                 "é", "]]>", "\\n",   "&#65;", "😀",   "'"};
    std::string out = "\"";
    for (auto n = random_() % 6; n > 0; --n) out += pieces[random_() % pieces.size()];
    return out + "\"";
  }
  std::mt19937_64 random_;
};

TEST(RpcAnswer, WhatIsWrittenIsReadBack) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const auto json = any_json(seed).value();
    const auto question = write_question({"m", "[" + json + "]"}, dialect::plain);
    ASSERT_TRUE(question) << json;
    const auto begin = question->find("<params>");
    const auto value = question->substr(begin, question->find("</params>") - begin);
    const auto back = read_answer("<methodResponse>" + value + "</params></methodResponse>", {});
    ASSERT_TRUE(back) << back.error().text() << "\n" << json;
    EXPECT_EQ(back->json, json) << seed;
  }
}

}  // namespace
}  // namespace freshet::xmlrpc
