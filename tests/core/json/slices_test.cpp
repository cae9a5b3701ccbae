#include "core/json/slices.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace freshet::json {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> elements_of(std::string_view array) {
  std::vector<std::string> out;
  elements all(array);
  while (all.next()) out.emplace_back(all.value());
  return out;
}

std::vector<std::string> members_of(std::string_view object) {
  std::vector<std::string> out;
  members all(object);
  while (all.next()) out.push_back(unescaped(all.spelt_name()) + "=" + std::string(all.value()));
  return out;
}

std::string at(std::string_view text, std::string_view pointer_text) {
  return std::string(slice_at(text, *pointer::parse(pointer_text)));
}

TEST(JsonSlices, ElementsKeepEveryByte) {
  EXPECT_THAT(elements_of("[1.10, -0.0,1e5 ,[ ] ,{\"a\" : 1},\"],\\\"\" , null\n]"),
              ElementsAre("1.10", "-0.0", "1e5", "[ ]", "{\"a\" : 1}", "\"],\\\"\"", "null"));
  EXPECT_THAT(elements_of("[]"), IsEmpty());
  EXPECT_THAT(elements_of("[ \n]"), IsEmpty());
}

TEST(JsonSlices, MembersStandInTheirOrderAndMayStandTwice) {
  EXPECT_THAT(members_of(R"({ "b" :1,"a":{"b":[2]} , "\u00e9\n":"}", "b":3})"),
              ElementsAre("b=1", "a={\"b\":[2]}", "\u00e9\n=\"}\"", "b=3"));
  EXPECT_THAT(members_of("{}"), IsEmpty());
}

TEST(JsonSlices, OfEqualNamesTheFirst) {
  constexpr std::string_view text = R"( {"a":{"x":1},"a":2,"l":[10,[20, 21]],"é":3,"a/b":4} )";
  EXPECT_EQ(at(text, "/a"), "{\"x\":1}");
  EXPECT_EQ(at(text, "/a/x"), "1");
  EXPECT_EQ(at(text, "/l/1/0"), "20");
  EXPECT_EQ(at(text, "/é"), "3");
  EXPECT_EQ(at(R"({"\u00e9":3})", "/é"), "3");
  EXPECT_EQ(at(text, "/a~1b"), "4");
  EXPECT_EQ(at(text, ""), std::string(trimmed(text)));
  for (const auto* none : {"/b", "/l/2", "/l/01", "/l/-", "/a/x/y", "/l/1/0/0"})
    EXPECT_EQ(at(text, none), "") << none;
}

TEST(JsonSlices, NamesAreComparedWithoutTheirEscapes) {
  constexpr std::string_view text = R"({"a\"b":1,"caf\u00e9":{"\n":[2.50,3]},"x/y~":4})";
  EXPECT_EQ(at(text, "/a\"b"), "1");
  EXPECT_EQ(at(text, "/caf\u00e9/\n/0"), "2.50");
  EXPECT_EQ(at(text, "/x~1y~0"), "4");
  EXPECT_EQ(at("", "/none"), "");
}

TEST(JsonSlices, WhatIsNoJsonEndsSomewhere) {
  for (const std::string_view bad : {"[", "[}", "[,,", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":",
                                     "{\"a\":}", "{x", "{\"a\\", "[\"\\", "{]", "{\"a\" 1"}) {
    if (bad.front() == '[') {
      elements all(bad);
      while (all.next()) EXPECT_FALSE(all.value().empty()) << bad;
    } else {
      members all(bad);
      while (all.next()) EXPECT_FALSE(all.value().empty()) << bad;
    }
    EXPECT_TRUE(bad.find(slice_at(bad, *pointer::parse("/a"))) != std::string_view::npos) << bad;
  }
}

TEST(JsonSlices, EscapesAreUndone) {
  EXPECT_EQ(text_of(R"("a\"\\\/\b\f\n\r\t")"), "a\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_of(R"("\u00e9\uD83D\uDE00\u0000")"), std::string("é😀\0", 7));
  EXPECT_EQ(text_of(R"("\ud800x")"), "\xEF\xBF\xBDx");
  EXPECT_EQ(text_of(R"("\udc00")"), "\xEF\xBF\xBD");
}

TEST(JsonSlices, KindsAreToldByTheFirstByte) {
  EXPECT_EQ(noun_of(kind_of("[1]")), "an array");
  EXPECT_EQ(noun_of(kind_of("{}")), "an object");
  EXPECT_EQ(noun_of(kind_of("-1")), "a number");
  EXPECT_EQ(noun_of(kind_of("\"\"")), "a string");
  EXPECT_EQ(noun_of(kind_of("true")), "a boolean");
  EXPECT_EQ(noun_of(kind_of("null")), "null");
}

}  // namespace
}  // namespace freshet::json
