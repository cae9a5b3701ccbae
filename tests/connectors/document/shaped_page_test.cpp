#include <gmock/gmock.h>

#include "net/client/client_errc.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "tests/connectors/document/page_under_test.hpp"

namespace freshet {
namespace {

using test::ok;
using test::page_under_test;
using testing::ElementsAre;
using testing::HasSubstr;

/// One fetch with these keys, and what else the page has.
std::string fetch(std::string_view keys, std::string_view rest = "") {
  return "path = '/p/{name}.json?rows=2&start=0'\n"
         "param = { rows = { int = [1, 50] }, start = { int = [0, 50] } }\n"
         "fetch = [{ upstream = 'u', get = '/x/{name}', " +
         std::string(keys) + " }]\n" + std::string(rest);
}

upstream_answer found_at(std::string at, std::string body, std::string link = "") {
  auto out = ok(std::move(body));
  out.at = std::move(at);
  out.link = std::move(link);
  return out;
}

const page_key a_key{0, {"a", "2", "0"}};

TEST(ShapedPage, TheAnswerIsShapedBeforeItIsThePage) {
  page_under_test page(fetch("from = '/bugs', keep = ['id', 's'], sort = ['s', '-id'], limit = 2"));
  page.answers["/x/a"] =
      ok(R"({"bugs":[{"id":1,"s":"B","x":0},{"id":2,"s":"A"},{"id":1.50,"s":"A"}],"faults":[]})");
  const auto built = page.build(a_key);
  EXPECT_EQ(built.body, R"([{"id":2,"s":"A"},{"id":1.50,"s":"A"}])");
  EXPECT_EQ(built.etag, http::content_etag(built.body));
}

TEST(ShapedPage, WhatCannotBeShapedKeepsTheOldPage) {
  page_under_test page(fetch("from = '/bugs'"));
  page.answers["/x/a"] = ok(R"({"error":true})");
  const auto built = page.build(a_key, "[1]");
  EXPECT_EQ(built.status, 0u);
  EXPECT_THAT(built.failure->text(), HasSubstr("from /bugs: nothing is there"));
}

TEST(ShapedPage, ExpectIsAskedOfTheAnswerAsItCame) {
  page_under_test page(fetch("from = '/bugs', expect = { '/errors' = { exists = false } }"));
  page.answers["/x/a"] = ok(R"({"bugs":[],"errors":["x"]})");
  EXPECT_EQ(page.build(a_key).bad, 1u);
  page.answers["/x/a"] = ok(R"({"bugs":[]})");
  EXPECT_EQ(page.build(a_key).body, "[]");
}

TEST(ShapedPage, RowsAreCutAndCountedByParameters) {
  page_under_test page(
      fetch("from = '/rows', skip = '{start}', limit = '{rows}', into = '/rows', "
            "count = { all = '/total', shown = '/visible' }",
            "put = { '/start' = '{start}', '/name' = '{name}', '/kind' = 'list' }"));
  page.answers["/x/a"] = ok(R"({"rows":[10,11,12,13]})");
  EXPECT_EQ(page.build({0, {"a", "2", "3"}}).body,
            R"({"total":4,"visible":1,"rows":[13],"start":3,"name":"a","kind":"list"})");
  EXPECT_EQ(page.build(a_key).body,
            R"({"total":4,"visible":2,"rows":[10,11],"start":0,"name":"a","kind":"list"})");
}

TEST(ShapedPage, AFailedPartKeepsItsCounts) {
  page_under_test page(
      "path = '/p/{name}.json'\n"
      "fetch = [{ upstream = 'u', get = '/id', into = '/id' },\n"
      "  { upstream = 'u', get = '/x', into = '/rows', count = { all = '/total' } }]");
  page.answers["/id"] = ok("2");
  const auto built = page.build({0, {"a"}}, R"({"id":1,"total":3,"rows":[1,2,3]})");
  EXPECT_EQ(built.body, R"({"id":2,"total":3,"rows":[1,2,3]})");
  EXPECT_EQ(built.bad, 2u);
}

TEST(ShapedPage, NumberedPagesAreJoined) {
  page_under_test page(fetch(
      "paging = { param = 'page', first = 1, pages = '/pages' }, from = '/u', sort = ['-n']"));
  page.answers["/x/a?page=1"] = ok(R"({"u":[{"n":1},{"n":3}],"pages":2})");
  page.answers["/x/a?page=2"] = ok(R"({"u":[{"n":2}],"pages":2})");
  const auto built = page.build(a_key);
  EXPECT_THAT(page.asked, ElementsAre("GET /x/a?page=1", "GET /x/a?page=2"));
  EXPECT_EQ(built.body, R"([{"n":3},{"n":2},{"n":1}])");
  ASSERT_EQ(built.calls.size(), 2u);
  EXPECT_EQ(built.calls[1].target, "GET /x/a?page=2");
}

TEST(ShapedPage, OffsetsEndAtAShortPage) {
  page_under_test page(fetch("paging = { param = 'offset', step = 2 }"));
  page.answers["/x/a?offset=0"] = ok("[1,2]");
  page.answers["/x/a?offset=2"] = ok("[3, 4]");
  page.answers["/x/a?offset=4"] = ok("[]");
  EXPECT_EQ(page.build(a_key).body, "[1,2,3,4]");
}

TEST(ShapedPage, LinksAreFollowedFromWhereTheyStand) {
  page_under_test page(fetch("paging = { next = 'link' }"));
  page.answers["/x/a"] = found_at("/api/x/a", "[1]", "<?page=2>; rel=\"next\"");
  page.answers["?page=2"] = found_at("/api/x/a?page=2", "[2]");
  EXPECT_EQ(page.build(a_key).body, "[1,2]");
}

TEST(ShapedPage, PointersAreFollowedUntilNothingStandsThere) {
  page_under_test page(fetch("paging = { next = '/next' }, from = '/r'"));
  page.answers["/x/a"] = found_at("/x/a", R"({"r":[1],"next":"/x/b"})");
  page.answers["/x/b"] = found_at("/x/b", R"({"r":[2],"next":null})");
  EXPECT_EQ(page.build(a_key).body, "[1,2]");
  page.answers["/x/b"] = found_at("/x/b", R"({"r":[2],"next":3})");
  EXPECT_EQ(page.build(a_key).status, 0u);
}

TEST(ShapedPage, BeyondMaxIsAnErrorAndNeverACut) {
  page_under_test page(fetch("paging = { param = 'offset', step = 1, max = 2 }"));
  page.answers["/x/a?offset=0"] = ok("[1]");
  page.answers["/x/a?offset=1"] = ok("[2]");
  const auto built = page.build(a_key, "[0]");
  EXPECT_EQ(built.status, 0u);
  EXPECT_THAT(built.failure->text(), HasSubstr("more than 2 pages (paging.max)"));
}

TEST(ShapedPage, AFailedPageFailsTheAnswer) {
  page_under_test page(fetch("paging = { param = 'offset', step = 1 }"));
  page.answers["/x/a?offset=0"] = ok("[1]");
  EXPECT_EQ(page.build(a_key).failure->code, errc::missing);
  page.answers["/x/a?offset=1"] = ok("[2");
  EXPECT_EQ(page.build(a_key).bad, 1u);
  page.answers["/x/a?offset=1"] = ok("404: Not Found", 404);
  EXPECT_EQ(status_of(page.build(a_key).failure->code), 404u);
}

TEST(ShapedPage, NotFoundOfTheFirstPageIsThePagesStatus) {
  page_under_test page(fetch("paging = { param = 'offset', step = 1 }"));
  page.answers["/x/a?offset=0"] = ok("404: Not Found", 404);
  EXPECT_EQ(page.build(a_key).status, 404u);
}

TEST(ShapedPage, AnAnswerMayBeLargerThanThePage) {
  page_under_test page(fetch("from = '/a'", "max_size = '1KiB'"));
  page.answers["/x/a"] = ok("{\"a\":[1],\"b\":\"" + std::string(5000, 'x') + "\"}");
  EXPECT_EQ(page.build(a_key).body, "[1]");
  page.answers["/x/a"] = ok("{\"a\":[\"" + std::string(5000, 'x') + "\"]}");
  EXPECT_EQ(page.build(a_key).failure->code, errc::out_of_range);
}

std::string problem_of(std::string_view page) {
  const auto loaded = config::parse(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[upstream.f]\nkind = 'events'\nby = 'x'\n[page.p]\n" +
      std::string(page));
  for (const auto& p : loaded.problems) return config::render(p);
  std::vector<config::diagnostic> problems;
  const auto pages = site::compile(loaded.value.pages, problems);
  page_recipe::compile(loaded.value, loaded.value.pages[0], pages.page(0), problems);
  return problems.size() == 1 ? problems[0].message
                              : "problems: " + std::to_string(problems.size());
}

TEST(ShapedPage, WhatCannotWorkIsFoundBeforeItRuns) {
  EXPECT_EQ(problem_of(fetch("limit = '{name}'")),
            "limit = \"{name}\": expected a parameter with `int`, from 0 on");
  EXPECT_EQ(problem_of("path = '/p/{n}'\nparam = { n = { int = [-1, 5] } }\n"
                       "fetch = { upstream = 'u', get = '/x', skip = '{n}' }"),
            "skip = \"{n}\": expected a parameter with `int`, from 0 on");
  EXPECT_EQ(problem_of("path = '/p/{n}'\nparam = { n = { int = [0, 5] } }\n"
                       "fetch = { upstream = 'f', newest = '{n}', of = 'x' }"),
            "newest = \"{n}\": expected a parameter with `int`, from 1 on");
  EXPECT_EQ(problem_of(fetch("into = '/a', count = { all = '/a/n' }")),
            "\"/a\" would overwrite \"/a/n\"");
  EXPECT_EQ(problem_of(fetch("count = { all = '/n' }")),
            "several things in a page: each needs `into`");
  EXPECT_EQ(problem_of(fetch("into = '/a'", "put = { '/b' = '{nobody}' }")),
            "put \"/b\": {nobody} is not a parameter");
  EXPECT_EQ(problem_of("path = '/p/{n}'\nfetch = { upstream = 'u', get = '/x?page=1', paging = { "
                       "param = 'page', pages = '/pages' } }"),
            "paging adds \"page\" to the query of `get`, which has it");
}

}  // namespace
}  // namespace freshet
