#include "connectors/document/shape.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

config::sort_key by(std::string_view name, bool descending = false) {
  return {*json::pointer::parse("/" + std::string(name)), descending};
}

shape_request request(config::shape_settings how) {
  shape_request out;
  out.how = std::make_shared<const config::shape_settings>(std::move(how));
  out.bytes_max = 1 << 20;
  return out;
}

std::string shaped(const std::string& answer, config::shape_settings how) {
  const auto made = shape_answer(answer, request(std::move(how)));
  return made ? made->body : "error: " + made.error().detail;
}

TEST(Shape, FromIsWhatStandsThere) {
  config::shape_settings how;
  how.from = *json::pointer::parse("/a/rows");
  EXPECT_EQ(shaped(R"( {"n":1,"a":{"rows": [ {"t": 1359604772.178867} , 2 ] }} )", how),
            R"([{"t": 1359604772.178867},2])");
  EXPECT_EQ(shaped(R"({"a":{"rows":{"x":1}}})", how), R"({"x":1})");
  EXPECT_EQ(shaped(R"({"a":{"rows":null}})", how), "null");
  EXPECT_EQ(shaped(R"({"a":[]})", how), "error: from /a/rows: nothing is there");
}

TEST(Shape, KeepWritesItsOwnOrderAndFirstOfEqualNames) {
  config::shape_settings how;
  how.keep = {"id", "name"};
  EXPECT_EQ(
      shaped(R"([{"name":"a","x":0,"id":1.10},{"id":2,"id":3},{"\u006eame":"é"},7,null])", how),
      R"([{"id":1.10,"name":"a"},{"id":2},{"name":"é"},7,null])");
}

TEST(Shape, DropAndRename) {
  config::shape_settings how;
  how.drop = {"x"};
  how.rename = {{"a", "b"}, {"c", "a"}};
  EXPECT_EQ(shaped(R"({"x":1,"a":2,"b":3,"c":4})", how), R"({"b":2,"a":4})");
  EXPECT_EQ(shaped(R"({"b":3,"d":5})", how), R"({"b":3,"d":5})");
}

TEST(Shape, MixedTypesHaveOneOrder) {
  config::shape_settings how;
  how.sort = {by("k")};
  const std::string rows =
      R"([{"k":[]},{"k":"b"},{"k":10},{"k":true},{"k":"a"},{"k":9.5},{},{"k":false},{"k":null},{"k":{}}])";
  EXPECT_EQ(
      shaped(rows, how),
      R"([{},{"k":null},{"k":false},{"k":true},{"k":9.5},{"k":10},{"k":"a"},{"k":"b"},{"k":[]},{"k":{}}])");
  how.sort = {by("k", true)};
  EXPECT_EQ(
      shaped(rows, how),
      R"([{"k":[]},{"k":{}},{"k":"b"},{"k":"a"},{"k":10},{"k":9.5},{"k":true},{"k":false},{},{"k":null}])");
}

TEST(Shape, NumbersBeyondADoubleAreToldApart) {
  config::shape_settings how;
  how.sort = {by("k")};
  EXPECT_EQ(
      shaped(
          R"([{"k":9007199254740993},{"k":9007199254740992},{"k":18446744073709551615},{"k":-9223372036854775808},{"k":1e3}])",
          how),
      R"([{"k":-9223372036854775808},{"k":1e3},{"k":9007199254740992},{"k":9007199254740993},{"k":18446744073709551615}])");
}

TEST(Shape, OrderIsBySeveralNamesAndStable) {
  config::shape_settings how;
  how.sort = {by("s"), by("id", true)};
  EXPECT_EQ(
      shaped(R"([{"s":"b","id":1},{"s":"a","id":1,"n":0},{"s":"a","id":2},{"s":"a","id":1,"n":1}])",
             how),
      R"([{"s":"a","id":2},{"s":"a","id":1,"n":0},{"s":"a","id":1,"n":1},{"s":"b","id":1}])");
}

TEST(Shape, SkipAndLimitCountRowsAfterSorting) {
  auto how = std::make_shared<config::shape_settings>();
  how->sort = {{json::pointer(), true}};
  shape_request ask{how, 1, 2, 1 << 20};
  const auto made = shape_answer("[1,2,3,4]", ask);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->body, "[3,2]");
  EXPECT_EQ(made->all, 4u);
  EXPECT_EQ(made->shown, 2u);
  ask.skip = 9;
  EXPECT_EQ(shape_answer("[1,2]", ask)->body, "[]");
}

TEST(Shape, RowsAreAskedForWhereThereAreNone) {
  config::shape_settings how;
  how.sort = {by("k")};
  EXPECT_EQ(shaped("{\"k\":1}", how),
            "error: the answer: expected an array of rows, found an object");
  EXPECT_EQ(shaped("null", how), "null");
}

TEST(Shape, ADocumentBeyondItsBoundIsAnError) {
  config::shape_settings how;
  how.keep = {"a"};
  auto ask = request(how);
  ask.bytes_max = 10;
  EXPECT_TRUE(shape_answer(R"([{"a":1},{}])", ask).has_error());
  EXPECT_FALSE(shape_answer(R"([{"a":1,"b":22222222222}])", ask).has_error());
}

TEST(Shape, PagesAreJoinedAtFrom) {
  config::shape_settings how;
  how.from = *json::pointer::parse("/rows");
  how.sort = {{json::pointer(), false}};
  const std::vector<std::string> pages{R"({"rows":[3, 1.0]})", R"({"rows":null})", R"({"rows":[]})",
                                       R"({"rows":[2]})"};
  EXPECT_EQ(join_answers(pages, request(how))->body, "[1.0,2,3]");
  const std::vector<std::string> bad{R"({"rows":{}})"};
  EXPECT_EQ(join_answers(bad, request(how)).error().detail,
            "/rows: expected an array of rows, found an object");
}

}  // namespace
}  // namespace freshet
