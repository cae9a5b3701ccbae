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
            R"({"p":"Guake \"x\"\n","n":3,"u":"GUAKE \"X\"\n","i":[1,2]})");
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
  const auto of = [](std::string_view slice) { return value_of(slice, "{x}"); };
  EXPECT_EQ(of(R"("a b\u00e9")")->text, "a b\u00e9");
  EXPECT_EQ(of(R"("a b")")->json, "");
  EXPECT_EQ(of("7")->json, "7");
  EXPECT_EQ(of("1359604772.1788670")->text, "1359604772.1788670") << "as its source spells it";
  EXPECT_EQ(of("true")->text, "true");
  EXPECT_EQ(of("null")->text, "");
  EXPECT_EQ(of("")->text, "");
  EXPECT_FALSE(of("[1]"));
  EXPECT_FALSE(of("{}"));
}

}  // namespace
}  // namespace freshet
