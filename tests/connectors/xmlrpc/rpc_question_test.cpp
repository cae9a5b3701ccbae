#include "connectors/upstream/xmlrpc/rpc_question.hpp"

#include <gtest/gtest.h>

namespace freshet::xmlrpc {
namespace {

/// What stands between <params> and </params>.
std::string params(const std::string& arguments, dialect as = dialect::plain) {
  const auto got = write_question({"m", arguments}, as);
  if (!got) return got.error().text();
  const auto begin = got->find("<params>") + 8;
  return got->substr(begin, got->find("</params>") - begin);
}

std::string one(const std::string& json) {
  const auto all = params("[" + json + "]");
  return all.substr(14, all.size() - 30);  // <param><value> ... </value></param>
}

TEST(RpcQuestion, EveryJsonTypeHasItsElement) {
  EXPECT_EQ(one("null"), "<nil/>");
  EXPECT_EQ(one("true"), "<boolean>1</boolean>");
  EXPECT_EQ(one("false"), "<boolean>0</boolean>");
  EXPECT_EQ(one("-2147483648"), "<int>-2147483648</int>");
  EXPECT_EQ(one("2147483648"), "<i8>2147483648</i8>");
  EXPECT_EQ(one("18446744073709551615"), "<i8>18446744073709551615</i8>");
  EXPECT_EQ(one("1.10"), "<double>1.10</double>");
  EXPECT_EQ(one("\"a<b>&c\\r\\n\""), "<string>a&lt;b&gt;&amp;c&#13;\n</string>");
  EXPECT_EQ(one("[1,[]]"),
            "<array><data><value><int>1</int></value><value><array><data></data></array></value>"
            "</data></array>");
  EXPECT_EQ(one("{\"a\":{}}"),
            "<struct><member><name>a</name><value><struct></struct></value></member></struct>");
}

TEST(RpcQuestion, KojiTakesALastObjectAsKeywords) {
  const std::string starred =
      "<param><value><struct><member><name>a</name><value><int>1</int></value></member>"
      "<member><name>__starstar</name><value><boolean>1</boolean></value></member></struct>"
      "</value></param>";
  EXPECT_EQ(params("[{\"a\":1}]", dialect::koji), starred);
  EXPECT_EQ(params("[{\"a\":1},{}]", dialect::koji),
            "<param><value><struct><member><name>a</name><value><int>1</int></value></member>"
            "</struct></value></param>");
  EXPECT_EQ(params("[]", dialect::koji), "");
  EXPECT_EQ(params("[{}]", dialect::plain), "<param><value><struct></struct></value></param>");
}

TEST(RpcQuestion, ManyCallsAreOneMultiCall) {
  const auto got = write_questions({{"a", "[1]"}, {"b<", "[{\"k\":null}]"}}, dialect::koji);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got,
            "<?xml version='1.0'?>\n<methodCall><methodName>multiCall</methodName><params><param>"
            "<value><array><data>"
            "<value><struct><member><name>methodName</name><value><string>a</string></value>"
            "</member><member><name>params</name><value><array><data><value><int>1</int></value>"
            "</data></array></value></member></struct></value>"
            "<value><struct><member><name>methodName</name><value><string>b&lt;</string></value>"
            "</member><member><name>params</name><value><array><data><value><struct><member>"
            "<name>k</name><value><nil/></value></member><member><name>__starstar</name><value>"
            "<boolean>1</boolean></value></member></struct></value></data></array></value>"
            "</member></struct></value>"
            "</data></array></value></param></params></methodCall>\n");
}

TEST(RpcQuestion, WhatXmlCannotCarryIsRefused) {
  EXPECT_EQ(params("[\"\\u0001\"]"), "m: text that XML cannot carry (malformed)");
  EXPECT_EQ(params("{}"), "m: arguments are not a list (malformed)");
  EXPECT_NE(params("[1").find("malformed"), std::string::npos);
  std::string deep(70, '[');
  EXPECT_NE(params(deep + std::string(70, ']')).find("m: "), std::string::npos);
}

}  // namespace
}  // namespace freshet::xmlrpc
