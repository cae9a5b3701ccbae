#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/page/pages.hpp"

namespace freshet {
namespace {

std::string problem_of(const std::vector<config::page_settings>& pages) {
  std::vector<config::diagnostic> problems;
  const auto made = site::compile(pages, problems);
  if (problems.empty()) return {};
  EXPECT_TRUE(made.pages().empty());
  return problems.front().message;
}

TEST(SiteCompile, EqualShapesNameBothPlaces) {
  EXPECT_EQ(problem_of({make_page("one", "/a/{x}.json?q"), make_page("second", "/a/{y}.json")}),
            "page.second at a.toml:6:1 answers the same paths as page.one at a.toml:3:1");
  EXPECT_EQ(problem_of({make_page("one", "/a/{x}.json"), make_page("second", "/a/{y}.jso")}), "");
  EXPECT_NE(problem_of({make_page("one", "/a"), make_page("second", "/%61")}), "");
}

TEST(SiteCompile, RefusesPathsThatCannotBe) {
  for (const auto* path : {"",
                           "a",
                           "//",
                           "/a//b",
                           "/../a",
                           "/%2e%2e",
                           "/{a}{b}",
                           "/{a}-{b}",
                           "/{",
                           "/}",
                           "/{}",
                           "/{a b}",
                           "/a%2fb",
                           "/%zz",
                           "/a%00",
                           "/{x}/{x}",
                           "/{x}?x",
                           "/a?q&q",
                           "/a?",
                           "/a?q&",
                           "/a?=1",
                           "/a#b",
                           "/-/x",
                           "/.well-known/x",
                           "/_console",
                           "/_console/{x}",
                           "/_console{x}",
                           "/a\\b",
                           "/%FF"}) {
    EXPECT_NE(problem_of({make_page("p", path)}), "") << path;
  }
  for (const auto* path : {"/", "/a/", "/-x", "/{x}", "/-{x}", "/\xC3\xBC/{x}", "/a?q=a%26b"}) {
    EXPECT_EQ(problem_of({make_page("p", path)}), "") << path;
  }
}

TEST(SiteCompile, RulesOfParametersAreChecked) {
  EXPECT_EQ(problem_of({make_page("p", "/{a}", {make_parameter("b")})}),
            "param: the path has no {b}");
  EXPECT_EQ(problem_of({make_page("p", "/a?n=9", {integer_parameter("n", 1, 5)})}),
            "default of n: expected an integer from 1 to 5");
}

TEST(PageClass, KeyFromBindingsNormalisesAndFillsDefaults) {
  auto lower = make_parameter("release");
  lower.lower = true;
  const auto pages = make_site({make_page("u", "/p/{package}.json?release&page=1", {lower})});
  const auto& page = *pages.named("u");
  const std::vector<binding> given{{"release", "F41"}, {"package", "gtk+"}};
  const auto key = page.key_from(given);
  ASSERT_TRUE(key);
  EXPECT_THAT(key->values, testing::ElementsAre("gtk+", "f41", "1"));
  EXPECT_EQ(pages.canonical(*key), "/p/gtk+.json?release=f41");
  EXPECT_EQ(pages.find(pages.canonical(*key)).key, *key);
  EXPECT_EQ(page.normalise(1, "F42").value(), "f42");
}

TEST(PageClass, KeyFromRefuses) {
  const auto pages = make_site({make_page("p", "/p/{a}.json?q"), make_page("news", "/p/news.json"),
                                make_page("two", "/{a}/{b}")});
  const auto refusal = [&](const char* name, std::vector<binding> given) {
    const auto key = pages.named(name)->key_from(given);
    return key ? std::string() : key.error().detail;
  };
  EXPECT_EQ(refusal("p", {{"a", "x"}}), "");
  EXPECT_EQ(refusal("p", {{"q", "x"}}), "a is not bound");
  EXPECT_EQ(refusal("p", {{"a", "x"}, {"z", "y"}}), "p has no parameter z");
  EXPECT_EQ(refusal("p", {{"a", "x"}, {"a", "x"}}), "a is bound twice");
  EXPECT_EQ(refusal("p", {{"a", "x/y"}}), "a: expected no / and no \\");
  EXPECT_EQ(refusal("p", {{"a", "news"}}), "p: another page answers this path");
  EXPECT_EQ(refusal("two", {{"a", "-"}, {"b", "x"}}),
            "two: this path belongs to the server itself");
  EXPECT_EQ(refusal("two", {{"a", "p"}, {"b", "x.json"}}), "two: another page answers this path");
}

TEST(PageClass, AJsonSegmentYieldsParameters) {
  auto q = make_parameter("q");
  q.json.emplace_back("package", json::pointer::parse("/filters/package").value());
  q.json.emplace_back("rows", json::pointer::parse("/rows").value());
  const auto pages = make_site({make_page("w", "/w/{q}?page=1", {q})});
  const auto match = pages.find(R"(/w/{"rows":10,%20"filters":{"package":"guake"}}?page=2)");
  ASSERT_EQ(match.what, page_match::outcome::found) << match.detail;
  EXPECT_THAT(match.key.values, testing::ElementsAre(R"({"filters":{"package":"guake"},"rows":10})",
                                                     "2", "guake", "10"));
  EXPECT_EQ(pages.find(match.canonical).key, match.key);
  EXPECT_EQ(pages.named("w")->index_of("package"), 2u);
  EXPECT_EQ(ask(pages, "/w/x").substr(0, 3), "400");
  EXPECT_EQ(ask(pages, R"(/w/{"a":1,"a":2,"b":[[],[1,[2]]]})"),
            "w /w/%7B%22a%22:1,%22b%22:%5B%5B%5D,%5B1,%5B2%5D%5D%5D%7D");
  EXPECT_EQ(ask(pages, R"(/w/{"rows":"x"})").substr(0, 1), "w") << "no rule, no limit";
  const std::vector<binding> differs{{"q", R"({"rows":1})"}, {"rows", "2"}};
  EXPECT_FALSE(pages.named("w")->key_from(differs));
}

TEST(PageClass, WhatAJsonSegmentYieldsHasRulesOfItsOwn) {
  auto q = make_parameter("q");
  q.json.emplace_back("package", json::pointer::parse("/package").value());
  q.json.emplace_back("rows", json::pointer::parse("/rows").value());
  auto package = make_parameter("package");
  package.lower = true;
  const auto pages =
      make_site({make_page("w", "/w/{q}", {integer_parameter("rows", 1, 50), q, package})});
  const auto match = pages.find(R"(/w/{"rows":10,"package":"GUAKE"})");
  ASSERT_EQ(match.what, page_match::outcome::found) << match.detail;
  EXPECT_THAT(match.key.values,
              testing::ElementsAre(R"({"package":"GUAKE","rows":10})", "guake", "10"));
  EXPECT_EQ(pages.find(match.canonical).key, match.key);
  EXPECT_TRUE(pages.named("w")->parameters()[2].is_integer());
  EXPECT_EQ(ask(pages, R"(/w/{"rows":51})").substr(0, 3), "400");
  EXPECT_EQ(ask(pages, R"(/w/{"rows":"x"})").substr(0, 3), "400");
  EXPECT_THAT(pages.find("/w/{}").key.values, testing::ElementsAre("{}", "", ""));
  EXPECT_NE(problem_of({make_page("w", "/w/{q}", {q, make_parameter("other")})}), "");
}

}  // namespace
}  // namespace freshet
