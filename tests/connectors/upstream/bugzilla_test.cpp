#include <gmock/gmock.h>

#include "connectors/upstream/bugzilla/bug_question.hpp"
#include "connectors/upstream/bugzilla/bug_rows.hpp"
#include "connectors/upstream/bugzilla/bugzilla_upstream.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/run.hpp"

namespace freshet::bugzilla {
namespace {

bug_question rest(const std::string& target) {
  upstream_request request;
  request.target = target;
  return bug_question::of(request);
}

bug_question get(const std::string& arguments) {
  upstream_request request;
  request.calls = {{"Bug.get", arguments}};
  return bug_question::of(request);
}

TEST(BugQuestion, RestForOneBugSharesWithItsLike) {
  const auto one = rest("/rest/bug/123?include_fields=id,summary");
  EXPECT_EQ(one.id, "123");
  EXPECT_EQ(one.group, rest("/rest/bug/9?include_fields=id,summary").group);
  EXPECT_NE(one.group, rest("/rest/bug/9").group);
  EXPECT_NE(one.group, rest("/other/bug/9?include_fields=id,summary").group);
  EXPECT_EQ(one.target({"1", "2"}), "/rest/bug?id=1,2&limit=2&include_fields=id,summary");
  EXPECT_EQ(rest("/rest/bug/1").target({"1"}), "/rest/bug?id=1&limit=1");
}

TEST(BugQuestion, WhatCannotBeTakenApartGoesAlone) {
  for (const std::string alone :
       {"/rest/bug", "/rest/bug?id=1", "/rest/bug/alias", "/rest/bug/0", "/rest/bug/1/comment",
        "/rest/bug/1?include_fields=summary", "/rest/bug/1?exclude_fields=id",
        "/rest/bug/1?include%5ffields=summary", "/rest/bug/1?limit=3",
        "/rest/bug/1234567890123456789"})
    EXPECT_EQ(rest(alone).group, "") << alone;
  for (const std::string alone :
       {"[]", "[{}]", "[{\"ids\":[1,2]}]", "[{\"ids\":\"alias\"}]", "[1]",
        "[{\"ids\":1,\"include_fields\":[\"summary\"]}]", "[{\"ids\":1},{}]"})
    EXPECT_EQ(get(alone).group, "") << alone;
}

TEST(BugQuestion, ATargetThatIsRelativeToAnAnswerGoesAlone) {
  upstream_request request;
  request.target = "/rest/bug/123";
  request.base = "/rest/bug?id=1";
  EXPECT_EQ(bug_question::of(request).group, "");
}

TEST(BugQuestion, BugGetSharesToo) {
  const auto one = get(R"([{"ids":"12","include_fields":["id","status"]}])");
  EXPECT_EQ(one.id, "12");
  EXPECT_EQ(one.group,
            get(R"([{"include_fields":["id","status"],"ids":7,"permissive":true}])").group);
  EXPECT_EQ(one.call({"12", "7"}).arguments,
            R"([{"ids":[12,7],"permissive":true,"include_fields":["id","status"]}])");
}

TEST(BugRows, AreTakenApartAsTheyCame) {
  const auto got = bug_rows::parse(
      R"( {"faults":[{"id":3,"faultCode":101,"faultString":"Bug #3 does not exist."},
          {"id":"4","faultCode":102,"faultString":"no"}],
          "bugs":[{"id":1,"v":1.10},{"summary":"x","id":2}]} )");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bugs.at("1"), R"({"id":1,"v":1.10})");
  EXPECT_EQ(got->bugs.at("2"), R"({"summary":"x","id":2})");
  EXPECT_TRUE(got->faults.at("3").is_missing());
  EXPECT_FALSE(got->faults.at("4").is_missing());
  for (const std::string bad :
       {"", "{}", "[]", "{\"bugs\":{}}", "{\"bugs\":[1]}", "{\"bugs\":[{}]"})
    EXPECT_FALSE(bug_rows::parse(bad)) << bad;
}

asio::awaitable<void> ask_both(bugzilla_upstream* of, std::vector<upstream_request> requests,
                               std::vector<result<upstream_answer>>* out,
                               test::raw_server* server) {
  *out = co_await of->fetch_all(std::move(requests));
  co_await server->close();
}

TEST(BugzillaUpstream, AListIsAskedForWithoutOneBugsValidators) {
  asio::io_context ctx{1};
  const std::string body = R"({"bugs":[{"id":7},{"id":8}],"faults":[]})";
  test::raw_server server(ctx, [&](const std::string&) {
    return test::reply{"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body};
  });
  config::upstream_settings settings;
  settings.name = "bugs";
  settings.url = "http://127.0.0.1:" + std::to_string(server.port());
  auto over = http_upstream::create(ctx.get_executor(), settings, {}).value();
  bugzilla_upstream up(std::make_unique<xmlrpc_upstream>(std::move(over), xmlrpc_upstream::way{}));
  std::vector<upstream_request> requests(2);
  requests[0].target = "/rest/bug/7";
  requests[0].known_etag = "\"seven\"";
  requests[0].may_be_unchanged = true;
  requests[1].target = "/rest/bug/8";
  ASSERT_EQ(up.group_of(requests[0]), up.group_of(requests[1]));
  std::vector<result<upstream_answer>> got;
  test::run(ctx, ask_both(&up, std::move(requests), &got, &server));
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0]->body, R"({"bugs":[{"id":7}],"faults":[]})");
  EXPECT_EQ(got[1]->body, R"({"bugs":[{"id":8}],"faults":[]})");
  EXPECT_THAT(server.requests[0], testing::HasSubstr("GET /rest/bug?id=7,8&limit=2 "));
  EXPECT_THAT(server.requests[0], testing::Not(testing::HasSubstr("If-None-Match")));
}

}  // namespace
}  // namespace freshet::bugzilla
