#include "connectors/document/page_walk.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using way = config::paging_settings::way;

config::paging_settings numbered(std::uint32_t max = 20) {
  config::paging_settings how;
  how.how = way::numbered;
  how.param = "page";
  how.first = 1;
  how.pages = *json::pointer::parse("/pages");
  how.max = max;
  return how;
}

config::paging_settings offsets(std::uint32_t step, std::uint32_t max = 20) {
  config::paging_settings how;
  how.how = way::offset;
  how.param = "offset";
  how.step = step;
  how.max = max;
  return how;
}

upstream_request asking(std::string target) {
  upstream_request out;
  out.target = std::move(target);
  return out;
}

answer_page_facts rows(std::size_t count) { return {count, {}, {}, "", 10}; }
answer_page_facts of_pages(std::string pages) { return {1, std::move(pages), {}, "", 10}; }
answer_page_facts leading_to(std::string at, std::string next) {
  return {1, {}, std::move(next), std::move(at), 10};
}

/// The target of the next page, "end", or why there is none.
std::string step(page_walk& walk, const answer_page_facts& page) {
  const auto next = walk.after(page);
  if (!next) return "error: " + next.error().detail;
  return *next ? (*next)->target : "end";
}

TEST(PageWalk, NumberedPagesEndWhereTheNewestPageSays) {
  const auto how = numbered();
  page_walk walk(how, 1000);
  EXPECT_EQ(walk.first(asking("/x?a=1")).target, "/x?a=1&page=1");
  EXPECT_EQ(step(walk, of_pages("2")), "/x?a=1&page=2");
  EXPECT_EQ(step(walk, of_pages("3")), "/x?a=1&page=3");
  EXPECT_EQ(step(walk, of_pages("3")), "end");
}

TEST(PageWalk, NoPagesAreOne) {
  const auto how = numbered();
  page_walk walk(how, 1000);
  EXPECT_EQ(walk.first(asking("/x")).target, "/x?page=1");
  EXPECT_EQ(step(walk, of_pages("0")), "end");
}

TEST(PageWalk, TooManyPagesAreAnErrorAtOnce) {
  const auto how = numbered(3);
  page_walk walk(how, 1000);
  walk.first(asking("/x"));
  EXPECT_EQ(step(walk, of_pages("4")), "error: 4 pages, where paging.max is 3");
}

TEST(PageWalk, ANumberOfPagesIsANumber) {
  const auto how = numbered();
  for (const auto* bad : {"", "\"3\"", "-1", "1.5", "null", "99999999999999999999"}) {
    page_walk walk(how, 1000);
    walk.first(asking("/x"));
    EXPECT_EQ(step(walk, of_pages(bad)), "error: /pages: expected the number of pages") << bad;
  }
}

TEST(PageWalk, AShortPageIsTheLast) {
  const auto how = offsets(200);
  page_walk walk(how, 1000);
  EXPECT_EQ(walk.first(asking("/x")).target, "/x?offset=0");
  EXPECT_EQ(step(walk, rows(200)), "/x?offset=200");
  EXPECT_EQ(step(walk, rows(200)), "/x?offset=400");
  EXPECT_EQ(step(walk, rows(0)), "end");
}

TEST(PageWalk, APageWithMoreRowsThanAStepWouldOverlap) {
  const auto how = offsets(2);
  page_walk walk(how, 1000);
  walk.first(asking("/x"));
  EXPECT_EQ(step(walk, rows(3)), "error: a page of 3 rows, where paging.step is 2");
}

TEST(PageWalk, AFullLastPageAllowedIsNoEnd) {
  const auto how = offsets(1, 2);
  page_walk walk(how, 1000);
  walk.first(asking("/x"));
  EXPECT_EQ(step(walk, rows(1)), "/x?offset=1");
  EXPECT_EQ(step(walk, rows(1)), "error: more than 2 pages (paging.max)");
}

TEST(PageWalk, ReferencesAreRelativeToTheirPage) {
  config::paging_settings how;
  how.how = way::link;
  page_walk walk(how, 1000);
  EXPECT_EQ(walk.first(asking("/x")).target, "/x");
  const auto next = walk.after(leading_to("/api/x", "?page=2"));
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->target, "?page=2");
  EXPECT_EQ((*next)->base, "/api/x");
  EXPECT_EQ(step(walk, {1, {}, {}, "/api/x?page=2", 10}), "end");
}

TEST(PageWalk, ACircleIsAnError) {
  config::paging_settings how;
  how.how = way::pointer;
  page_walk walk(how, 1000);
  walk.first(asking("/x"));
  EXPECT_EQ(step(walk, leading_to("/x", "/y")), "/y");
  EXPECT_EQ(step(walk, leading_to("/y", "/x")), "/x");
  EXPECT_EQ(step(walk, leading_to("/x", "/y")),
            "error: the next page is one that was read already");
}

TEST(PageWalk, AllPagesTogetherHaveOneBound) {
  config::paging_settings how;
  how.how = way::link;
  page_walk walk(how, 25);
  walk.first(asking("/x"));
  EXPECT_EQ(step(walk, leading_to("/a", "/b")), "/b");
  EXPECT_EQ(walk.bytes_left(), 15u);
  EXPECT_EQ(step(walk, leading_to("/b", "/c")), "/c");
  EXPECT_EQ(step(walk, leading_to("/c", "/d")), "error: pages of more than 25 bytes");
}

}  // namespace
}  // namespace freshet
