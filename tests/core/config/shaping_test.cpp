#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using test::good;
using test::only_problem;
using testing::HasSubstr;
using way = paging_settings::way;

std::string page(std::string_view fetch, std::string_view rest = "") {
  return "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\npath = '/p/{x}'\n"
         "fetch = { upstream = 'u', get = '/{x}', " +
         std::string(fetch) + " }\n" + std::string(rest);
}

fetch_settings fetch(std::string_view keys) { return good(page(keys)).pages[0].fetches[0]; }

TEST(ShapingConfig, FourWaysOfPaging) {
  const auto numbered =
      *fetch("paging = { param = 'page', first = 2, pages = '/n', max = 7 }").paging;
  EXPECT_EQ(numbered.how, way::numbered);
  EXPECT_EQ(numbered.param, "page");
  EXPECT_EQ(numbered.first, 2u);
  EXPECT_EQ(numbered.pages.text(), "/n");
  EXPECT_EQ(numbered.max, 7u);
  EXPECT_EQ(fetch("paging = { param = 'page', pages = '/n' }").paging->first, 1u);
  const auto offset = *fetch("paging = { param = 'offset', step = 200 }").paging;
  EXPECT_EQ(offset.how, way::offset);
  EXPECT_EQ(offset.step, 200u);
  EXPECT_EQ(offset.first, 0u);
  EXPECT_EQ(offset.max, 20u);
  EXPECT_EQ(fetch("paging = { next = 'link' }").paging->how, way::link);
  EXPECT_EQ(fetch("paging = { next = '/next' }").paging->next.text(), "/next");
}

TEST(ShapingConfig, EveryKeyArrivesAndIsShown) {
  const auto s =
      good(page(R"(paging = { param = "page", pages = "/n" }, from = "/rows", )"
                R"(keep = ["a", "b/c"], drop = ["d"], rename = { a = "e" }, )"
                R"(sort = ["e", "-b/c", "-/b~1c/x"], skip = "{x}", limit = 5, into = "/rows", )"
                R"(count = { all = "/total", shown = "/n" })",
                "put = { \"/x\" = \"{x}\", \"/y\" = 1 }"));
  const auto& shape = s.pages[0].fetches[0].shape;
  EXPECT_EQ(shape.from->text(), "/rows");
  EXPECT_EQ(shape.keep, (std::vector<std::string>{"a", "b/c"}));
  ASSERT_EQ(shape.sort.size(), 3u);
  EXPECT_EQ(shape.sort[1].at.text(), "/b~1c");
  EXPECT_TRUE(shape.sort[1].descending);
  EXPECT_EQ(shape.sort[2].at.steps().size(), 2u);
  EXPECT_EQ(shape.skip, "{x}");
  EXPECT_EQ(shape.limit, "5");
  EXPECT_EQ(s.pages[0].put[0].second, "\"{x}\"");
  EXPECT_EQ(s.pages[0].put[1].second, "1");
  EXPECT_EQ(show(s), show(good(show(s))));
  EXPECT_THAT(show(s), HasSubstr("rename = { a = \"e\" }"));
}

TEST(ShapingConfig, Problems) {
  const auto problem = [](std::string_view keys) { return only_problem(page(keys)); };
  EXPECT_THAT(problem("paging = { param = 'a' }"),
              HasSubstr("page.p.fetch.paging: expected one of `pages`"));
  EXPECT_THAT(problem("paging = { param = 'a', pages = '/n', step = 2 }"),
              HasSubstr("expected one of `pages`"));
  EXPECT_THAT(problem("paging = { param = 'a', step = 0 }"), HasSubstr("expected a whole number"));
  EXPECT_THAT(problem("count = { all = 'n' }"), HasSubstr("fetch.count.all: expected a pointer"));
  EXPECT_THAT(problem("paging = { max = 2 }"), HasSubstr("expected one of `param` and `next`"));
  EXPECT_THAT(problem("paging = { next = 'links' }"), HasSubstr("expected \"link\", or a pointer"));
  EXPECT_THAT(problem("paging = { next = 'link', step = 2 }"), HasSubstr("paging.step"));
  EXPECT_THAT(problem("paging = { param = 'a&b', pages = '/n' }"),
              HasSubstr("expected the name of a query parameter"));
  EXPECT_THAT(problem("sort = ['-']"), HasSubstr("expected the name of a member"));
  EXPECT_THAT(problem("keep = ['a'], sort = ['b']"), HasSubstr("rows have no `b` any more"));
  EXPECT_THAT(problem("rename = { a = 'b' }, sort = ['a']"),
              HasSubstr("rows have no `a` any more"));
  EXPECT_THAT(problem("rename = { a = 'c', b = 'c' }"), HasSubstr("a second member called `c`"));
  EXPECT_THAT(problem("limit = -1"), HasSubstr("expected a number of rows"));
  EXPECT_THAT(problem("from = '/a/*'"), HasSubstr("no `*` steps"));
  EXPECT_THAT(problem("count = {}"), HasSubstr("expected `all`, `shown` or both"));
  EXPECT_THAT(only_problem(page("into = '/a'", "put = { '/b' = [1] }")),
              HasSubstr("expected a string, number or boolean"));
  for (const auto* fetch_key : {"keep = 'a'", "expect = { '/a' = 1 }", "paging = { next = '/n' }"})
    for (const auto* type : {"type = 'text/html'", "type = 'application/x-ndjson'"})
      EXPECT_THAT(only_problem(page(fetch_key, type)), HasSubstr("need a page of JSON"));
  for (const auto* key : {"until = '/a'", "shows = { a = '/a' }", "put = { '/a' = 1 }"})
    EXPECT_THAT(only_problem(page("redirects = 1", std::string(key) + "\ntype = 'text/html'")),
                HasSubstr("needs a page of JSON"));
  good(page("keep = 'a'", "until = '/a'\ntype = 'application/ld+json; charset=utf-8'"));
}

}  // namespace
}  // namespace freshet::config
