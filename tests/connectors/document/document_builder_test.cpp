#include <gmock/gmock.h>

#include "tests/connectors/document/page_under_test.hpp"

namespace freshet {
namespace {

using test::ok;
using test::page_under_test;
using testing::ElementsAre;

TEST(BuildDocument, ASingleFetchIsTheAnswerByteForByte) {
  page_under_test page("path = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }");
  page.answers["/x/a%2Fb"] = ok(R"( {"t": 1359604772.178867} )");
  const auto built = page.build({0, {"a/b"}});
  EXPECT_EQ(built.status, 200u);
  EXPECT_EQ(built.body, R"( {"t": 1359604772.178867} )");
  EXPECT_EQ(built.good, 1u);
}

constexpr std::string_view two_parts =
    "path = '/p/{name}.json'\n"
    "fetch = [{ upstream = 'u', get = '/id/{name}', into = '/id' },\n"
    "         { upstream = 'u', get = '/rows/{/id/n}', into = '/rows' }]";

TEST(BuildDocument, APartWaitsForTheOneItNames) {
  page_under_test page(two_parts);
  page.answers["/id/a"] = ok(R"({"n":7})");
  page.answers["/rows/7"] = ok("[1,2]");
  const auto built = page.build({0, {"a"}});
  EXPECT_THAT(page.asked, ElementsAre("GET /id/a", "GET /rows/7"));
  EXPECT_EQ(built.body, R"({"id":{"n":7},"rows":[1,2]})");
  EXPECT_EQ(built.good, 3u);
}

TEST(BuildDocument, APartIsNotAskedWithoutTheOneItNames) {
  page_under_test page(two_parts);
  page.answers["/id/a"] = fail(errc::timed_out);
  const auto built = page.build({0, {"a"}});
  EXPECT_THAT(page.asked, ElementsAre("GET /id/a"));
  EXPECT_EQ(built.bad, 3u);
  EXPECT_EQ(built.failure->code, errc::timed_out);
}

TEST(BuildDocument, APartDoesNotHangOnOneWhosePlaceItsOwnOnlyBeginsWith) {
  page_under_test page(
      "path = '/p/{name}.json'\n"
      "fetch = [{ upstream = 'u', get = '/a/{name}', into = '/id', optional = true },\n"
      "         { upstream = 'u', get = '/b/{name}', into = '/id_of~1it' },\n"
      "         { upstream = 'u', get = '/rows/{/id_of~1it/n}', into = '/rows' }]");
  page.answers["/a/a"] = fail(errc::timed_out);
  page.answers["/b/a"] = ok(R"({"n":1359604772.1788670})");
  page.answers["/rows/1359604772.1788670"] = ok("[1]");
  const auto built = page.build({0, {"a"}});
  EXPECT_EQ(built.body, R"({"id":null,"id_of/it":{"n":1359604772.1788670},"rows":[1]})");
  EXPECT_EQ(built.bad, 1u);
}

TEST(BuildDocument, PartsThatAreTooMuchTogetherAreNoPage) {
  page_under_test page(std::string(two_parts) + "\nmax_size = 60\n");
  const std::string rows = "[" + std::string(40, ' ') + "]";
  page.answers["/id/a"] = ok(R"({"n":7})");
  page.answers["/rows/7"] = ok(rows);
  const auto built = page.build({0, {"a"}});
  EXPECT_EQ(built.status, 0u);
  EXPECT_EQ(built.good, 0u);
  EXPECT_EQ(built.bad, 3u);
  EXPECT_EQ(built.failure->detail, "a document of 64 bytes, where max_size is 60");
}

TEST(BuildDocument, AFailedPartKeepsItsOldBytes) {
  page_under_test page(two_parts);
  page.answers["/id/a"] = ok(R"({"n":8})");
  page.answers["/rows/8"] = fail(errc::timed_out);
  const auto built = page.build({0, {"a"}}, R"({"id":{"n":7},"rows":[1,2]})");
  EXPECT_EQ(built.body, R"({"id":{"n":8},"rows":[1,2]})");
  EXPECT_EQ(built.good, 1u);
  EXPECT_EQ(built.bad, 2u);
  EXPECT_EQ(built.failure->code, errc::timed_out);
}

TEST(BuildDocument, OnlyTheWantedPartsAreFetched) {
  page_under_test page(two_parts);
  page.answers["/rows/7"] = ok("[3]");
  const auto built = page.build({0, {"a"}}, R"({"id":{"n":7},"rows":[1,2]})", 2u);
  EXPECT_THAT(page.asked, ElementsAre("GET /rows/7"));
  EXPECT_EQ(built.body, R"({"id":{"n":7},"rows":[3]})");
}

TEST(BuildDocument, HalfAPageIsNotAPage) {
  page_under_test page(two_parts);
  page.answers["/id/a"] = ok(R"({"n":8})");
  const auto built = page.build({0, {"a"}});
  EXPECT_EQ(built.status, 0u);
  EXPECT_TRUE(built.body.empty());
}

TEST(BuildDocument, NotFoundOfTheFirstPartIsThePagesStatus) {
  page_under_test page("path = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }");
  page.answers["/x/a"] = ok("404: Not Found", 404);
  const auto built = page.build({0, {"a"}});
  EXPECT_EQ(built.status, 404u);
  EXPECT_EQ(built.good, 1u);
}

TEST(BuildDocument, NothingIsAskedForAPageThatIsNone) {
  page_under_test page(two_parts);
  page.answers["/id/a"] = ok("404: Not Found", 404);
  const auto built = page.build({0, {"a"}}, R"({"id":{"n":7},"rows":[1,2]})");
  EXPECT_EQ(built.status, 404u);
  EXPECT_THAT(page.asked, ElementsAre("GET /id/a"));
}

TEST(BuildDocument, GarbageNeverBecomesABody) {
  page_under_test page("path = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }");
  for (const auto* bad : {"", "{\"a\":1", "{\"a\":1} x", "<html>", "{\"a\":\"\xff\"}", "[1,]"}) {
    page.answers["/x/a"] = ok(bad);
    const auto built = page.build({0, {"a"}}, "{\"old\":1}");
    EXPECT_EQ(built.status, 0u) << bad;
    EXPECT_EQ(built.bad, 1u) << bad;
  }
}

TEST(BuildDocument, AnUnmetExpectIsAFailure) {
  page_under_test page(
      "path = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x', expect = { '/errors' = { "
      "exists = false } } }");
  page.answers["/x"] = ok(R"({"errors":[]})");
  EXPECT_EQ(page.build({0, {"a"}}).bad, 1u);
  page.answers["/x"] = ok(R"({"rows":[]})");
  EXPECT_EQ(page.build({0, {"a"}}).good, 1u);
}

}  // namespace
}  // namespace freshet
