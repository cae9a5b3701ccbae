#include "core/url/url_template.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace freshet {
namespace {

using values = std::map<std::string, std::string>;

template_lookup from(values known) {
  return [known = std::move(known)](const placeholder& wanted) -> result<template_value> {
    const auto at = known.find(wanted.name.empty() ? wanted.at.text() : wanted.name);
    if (at == known.end()) return fail(errc::missing, wanted.text());
    return template_value{at->second, {}};
  };
}

std::string expand(std::string_view text, values known) {
  const auto parsed = url_template::parse(text);
  if (!parsed) return "parse: " + parsed.error().text();
  const auto made = parsed->expand(from(std::move(known)));
  return made ? *made : "error: " + made.error().code.message();
}

TEST(UrlTemplate, SubstitutesAndChangesCase) {
  EXPECT_EQ(expand("/updates/?packages={package}&releases={release|upper}&rows=20",
                   {{"package", "gtk+"}, {"release", "f41"}}),
            "/updates/?packages=gtk%2B&releases=F41&rows=20");
  EXPECT_EQ(expand("/u/{u|lower}", {{"u", "ABc"}}), "/u/abc");
  EXPECT_EQ(expand("/bug?assigned_to={/config/email}", {{"/config/email", "a@b.c"}}),
            "/bug?assigned_to=a%40b.c");
  EXPECT_EQ(expand("/bug?product=Fedora%20EPEL", {}), "/bug?product=Fedora%20EPEL");
}

TEST(UrlTemplate, EmptyValueDropsItsPair) {
  EXPECT_EQ(expand("/u?a={a}&b={b}", {{"a", ""}, {"b", "2"}}), "/u?b=2");
  EXPECT_EQ(expand("/u?a={a}&b={b}", {{"a", "1"}, {"b", ""}}), "/u?a=1");
  EXPECT_EQ(expand("/u?a={a}", {{"a", ""}}), "/u");
  EXPECT_EQ(expand("/u?a=&b", {}), "/u?a=&b");
  EXPECT_EQ(expand("/u?q=name:{a}", {{"a", ""}}), "/u");
}

TEST(UrlTemplate, ValuesThatWouldMoveTheTargetAreRefused) {
  for (const auto* value : {".", "..", ""}) {
    EXPECT_EQ(expand("/a/{x}/b", {{"x", value}}), "error: malformed") << value;
  }
  EXPECT_EQ(expand("/a/.{x}/b", {{"x", "."}}), "error: malformed");
  EXPECT_EQ(expand("/a/%2e{x}/b", {{"x", "."}}), "error: malformed");
  EXPECT_EQ(expand("/a/{x}/b", {{"x", "..."}}), "/a/.../b");
}

TEST(UrlTemplate, RefusesWhatIsNoTarget) {
  for (const auto* bad :
       {"", "a", "//host/{x}", "/a/../b", "/a/%2e%2E", "/./", "/a#b", "/a b", "/a\r\n", "/{", "/{}",
        "/{a b}", "/{a|title}", "/}", "/?{x}", "/?a{x}=1", "/%zz", "http://h/"}) {
    EXPECT_FALSE(url_template::parse(bad)) << bad;
  }
}

TEST(UrlTemplate, ReportsItsPlaceholdersInOrder) {
  const auto parsed = url_template::parse("/{a}/x{b|upper}?c={c}&d={a}").value();
  std::string names;
  for (const auto& one : parsed.placeholders()) names += one.text();
  EXPECT_EQ(names, "{a}{b|upper}{c}{a}");
}

TEST(UrlTemplate, LookupErrorsEndTheExpansion) {
  EXPECT_EQ(expand("/a/{x}", {}), "error: missing");
  EXPECT_EQ(expand("/a/{x}", {{"x", std::string(20'000, 'a')}}), "error: out of range");
}

// Whatever the values are, path depth, query pairs and bytes stay within what the template says.
TEST(UrlTemplate, RandomValuesNeverChangeTheShape) {
  std::mt19937 random(11);
  static constexpr std::string_view spice = "/.%\\?#&=@:\r\n\0 a%2f;+\xC3\xFF";
  const auto parsed = url_template::parse("/x/{a}/y-{b}.json?q={c}&z={d}").value();
  for (int i = 0; i < 5000; ++i) {
    values known;
    for (const auto* name : {"a", "b", "c", "d"}) {
      std::string value(1 + random() % 6, ' ');
      for (char& c : value) c = spice[random() % spice.size()];
      known[name] = value;
    }
    const bool dots = known["a"] == "." || known["a"] == "..";
    const auto made = parsed.expand(from(known));
    ASSERT_EQ(made.has_value(), !dots);
    if (!made) continue;
    EXPECT_EQ(std::count(made->begin(), made->end(), '/'), 3) << *made;
    EXPECT_EQ(std::count(made->begin(), made->end(), '?'), 1) << *made;
    EXPECT_EQ(std::count(made->begin(), made->end(), '&'), 1) << *made;
    EXPECT_EQ(std::count(made->begin(), made->end(), '='), 2) << *made;
    EXPECT_EQ(made->find_first_of("#@:\\; "), std::string::npos) << *made;
    EXPECT_TRUE(
        std::all_of(made->begin(), made->end(), [](char c) { return c > 0x20 && c < 0x7F; }));
  }
}

}  // namespace
}  // namespace freshet
