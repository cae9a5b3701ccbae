#include "tests/net/api/public_fixture.hpp"

namespace freshet::test {
namespace {

using outcome = api::miss_answer::outcome;

config::settings settings_with_only() {
  auto s = small_settings();
  config::page_settings mine;
  mine.name = "mine";
  mine.path = "/hubs/{user}/reviews.json";
  mine.parameters.resize(1);
  mine.parameters[0].name = "user";
  mine.parameters[0].lower = true;
  mine.only = {{"user", "X-Auth-User"}};
  mine.cache_control = "private, no-cache";
  s.pages.push_back(mine);
  return s;
}

/// Pages that a trusted proxy has to let somebody see.
class Only : public Public {
 public:
  Only() : Public(settings_with_only()) { from.proxy = true; }

  slot& put_mine(std::string_view path, std::string_view body) {
    auto& s = home.emplace(path, 2, refs++);
    home.publish(
        s, {"fresh",
            http::build_entry({.body = body, .cache_control = "private, no-cache", .version = 1})});
    return s;
  }
  std::string as(std::string_view fields, std::string_view line = "GET /hubs/ralph/reviews.json") {
    return ask(line, "Host: h\r\n" + std::string(fields));
  }
  static constexpr std::string_view stream = "GET /-/live?match=/hubs/ralph/reviews.json";
};

TEST_F(Only, OnlyThePersonWhomTheProxyNamesSeesThePage) {
  put_mine("/hubs/ralph/reviews.json", "[1]");
  const auto got = as("X-Auth-User: ralph\r\n");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(got, HasSubstr("Cache-Control: private, no-cache\r\n"));
  EXPECT_EQ(body_of(got), "[1]");
  for (const auto* fields :
       {"", "X-Auth-User: mallory\r\n", "X-Auth-User: \r\n", "X-Auth-User: ralphs, alph\r\n",
        "X-Auth-Users: ralph\r\n", "X-Auth-User: ralph\r\nX-Auth-User: ralph\r\n"}) {
    const auto no = as(fields);
    EXPECT_THAT(no, StartsWith("HTTP/1.1 403 Forbidden")) << fields;
    EXPECT_THAT(no, HasSubstr("Cache-Control: no-store\r\n"));
    EXPECT_THAT(no, Not(HasSubstr("[1]")));
  }
}

TEST_F(Only, NobodyElseIsBelieved) {
  put_mine("/hubs/ralph/reviews.json", "[1]");
  from.proxy = false;
  EXPECT_THAT(as("X-Auth-User: ralph\r\n"), StartsWith("HTTP/1.1 403"));
}

TEST_F(Only, AnItemOfAListIsEnoughInTheParametersForm) {
  put_mine("/hubs/ralph/reviews.json", "[1]");
  EXPECT_THAT(as("x-auth-user: ,admin , RALPH\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Only, OtherSpellingsAreAskedAsWell) {
  put_mine("/hubs/ralph/reviews.json", "[1]");
  for (const auto* line : {"GET /hubs/%72alph/reviews.json", "GET /hubs/RALPH/reviews.json?x=1",
                           "HEAD /hubs/ralph/reviews.json"}) {
    EXPECT_THAT(as("", line), StartsWith("HTTP/1.1 403")) << line;
    EXPECT_THAT(as("X-Auth-User: ralph\r\n", line), StartsWith("HTTP/1.1 200")) << line;
  }
}

TEST_F(Only, NobodyMakesSomebodyElsesPageBeBuilt) {
  next.what = outcome::served;
  next.shown = waited_for("[2]");
  EXPECT_THAT(as(""), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(missed, testing::IsEmpty());
  bypass = next;
  EXPECT_THAT(as("X-Auth-User: ralph\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(missed, testing::ElementsAre("/hubs/ralph/reviews.json"));
}

TEST_F(Only, StreamsThatNameThePageAreAskedAsWell) {
  EXPECT_THAT(as("", stream), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(as("X-Auth-User: mallory\r\n", stream), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(as("X-Auth-User: ralph\r\n",
                 "GET /-/live?match=/hubs/ralph/reviews.json&match=/hubs/lmacken/reviews.json"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(as("X-Auth-User: ralph\r\n", "HEAD /-/live?match=/hubs/ralph/reviews.json"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(as("", "HEAD /-/live?match=/packages/a.json"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace freshet::test
