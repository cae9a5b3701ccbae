#include "connectors/document/document_builder.hpp"

#include <gmock/gmock.h>

#include "core/config/load.hpp"
#include "store/page/site.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

/// One page whose upstream answers from a table; remembers what it was asked.
class page_under_test {
 public:
  explicit page_under_test(std::string_view page) {
    loaded_ = config::parse("[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\n" +
                            std::string(page));
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    recipe_ = page_recipe::compile(loaded_.value, loaded_.value.pages[0], pages_.page(0), problems);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
    call_ = [this](std::size_t, upstream_request request, lane) {
      return answer(std::move(request));
    };
  }

  built_document build(page_key key, std::string old_body = "", part_mask parts = all_parts) {
    built_document out;
    asio::io_context ctx(1);
    test::run(ctx, run(std::move(key), std::move(old_body), parts, &out));
    return out;
  }

  std::map<std::string, result<upstream_answer>> answers;
  std::vector<std::string> asked;

 private:
  asio::awaitable<result<upstream_answer>> answer(upstream_request request) {
    asked.push_back(request.method + " " + request.target +
                    (request.body.empty() ? "" : " " + request.body));
    const auto at = answers.find(request.target);
    if (at == answers.end()) co_return fail(errc::missing, "no answer for " + request.target);
    co_return at->second;
  }
  asio::awaitable<void> run(page_key key, std::string old_body, part_mask parts,
                            built_document* out) {
    *out = co_await build_document(&recipe_, &pages_.page(0), std::move(key), std::move(old_body),
                                   parts, lane::rest, &call_, &clock_);
  }

  config::loaded loaded_;
  site pages_;
  page_recipe recipe_;
  upstream_caller call_;
  manual_clock clock_;
};

upstream_answer ok(std::string body, unsigned status = 200) {
  return {status, std::move(body), "application/json", 0};
}

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
