#include "core/url/json_template.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

result<template_value> lookup(const placeholder& wanted) {
  if (wanted.name == "package") return template_value{"Guake \"x\"\n", {}};
  if (wanted.name == "page") return template_value{"3", "3"};
  if (wanted.name == "none") return template_value{};
  if (wanted.at.text() == "/ids") return template_value{"[1]", "[1,2]"};
  return fail(errc::missing, wanted.text());
}

std::string expand(std::string_view text) {
  const auto parsed = json_template::parse(text);
  if (!parsed) return "parse: " + parsed.error().code.message();
  const auto made = parsed->expand(lookup);
  return made ? *made : "error: " + made.error().code.message();
}

TEST(JsonTemplate, AWholeStringIsReplacedWithItsType) {
  EXPECT_EQ(expand(R"({"p":"{package}","n":"{page}","u":"{package|upper}","i":"{/ids}"})"),
            R"({"p":"Guake \"x\"\u000a","n":3,"u":"GUAKE \"X\"\u000a","i":[1,2]})");
}

TEST(JsonTemplate, OtherStringsStayAsTheyAre) {
  EXPECT_EQ(expand(R"({"a":"x{package}","b":"{}","c":[1.5,true,null],"{page}":"q\"q"})"),
            R"({"a":"x{package}","b":"{}","c":[1.5,true,null],"{page}":"q\"q"})");
}

TEST(JsonTemplate, AnEmptyValueDropsItsMember) {
  EXPECT_EQ(expand(R"({"a":"{none}","b":1,"c":"{none}"})"), R"({"b":1})");
  EXPECT_EQ(expand(R"({"a":["{none}"],"b":{"c":"{none}"}})"), R"({"a":[],"b":{}})");
  EXPECT_EQ(expand(R"(["{none}","{page}","{none}"])"), "[3]");
  EXPECT_EQ(expand(R"("{none}")"), "null");
}

TEST(JsonTemplate, RefusesWhatIsNotJson) {
  for (const auto* bad : {"", "{", "[1,]", "{\"a\":}", "\"{a b}\"", "\"{a|title}\"", "1 2"}) {
    EXPECT_EQ(expand(bad), "parse: malformed") << bad;
  }
  EXPECT_EQ(expand(std::string(100, '[') + std::string(100, ']')), "parse: out of range");
  EXPECT_EQ(expand("\"{nobody}\""), "error: missing");
}

TEST(TemplateValue, ScalarsOnly) {
  simdjson::dom::parser parser;
  const auto document = parser.parse(std::string_view(R"(["a b",7,1.5,true,null,[1],{}])"));
  const auto at = [&](std::size_t i) { return value_of(document.at(i).value(), "{x}"); };
  EXPECT_EQ(at(0)->text, "a b");
  EXPECT_EQ(at(0)->json, "");
  EXPECT_EQ(at(1)->json, "7");
  EXPECT_EQ(at(2)->text, "1.5");
  EXPECT_EQ(at(3)->text, "true");
  EXPECT_EQ(at(4)->text, "");
  EXPECT_FALSE(at(5));
  EXPECT_FALSE(at(6));
}

}  // namespace
}  // namespace freshet
