#include "tests/connectors/upstream/upstream_fixture.hpp"

namespace freshet {
namespace {

/// References of one answer to the next, as `paging` follows them.
class NextPage : public upstream_fixture {
 protected:
  /// The request line's target that a reference leads to, or "refused".
  std::string led_to(std::string reference, std::string base = "/base/list?page=1") {
    upstream_request request;
    request.target = std::move(reference);
    request.base = std::move(base);
    const auto got = ask([](const std::string&) { return test::reply{ok("[]"), then::keep}; },
                         std::move(request));
    if (!got) return server_->requests.empty() ? "refused" : "asked all the same";
    const auto& line = server_->requests.at(0);
    EXPECT_EQ(got->at, line.substr(4, line.find(' ', 4) - 4));
    return got->at;
  }
};

TEST_F(NextPage, ReferencesAreRelativeToTheAnswer) {
  EXPECT_EQ(led_to("?page=2"), "/base/list?page=2");
  EXPECT_EQ(led_to("other"), "/base/other");
  EXPECT_EQ(led_to("../up?x=1#part"), "/up?x=1");
  EXPECT_EQ(led_to("/abs?page=2"), "/abs?page=2");
}

TEST_F(NextPage, NothingLeavesTheOrigin) {
  for (const auto* bad : {"http://elsewhere.example/x", "//elsewhere.example/x",
                          "https://127.0.0.1/x", "http://user@127.0.0.1/x", "file:///etc/passwd",
                          "/a b", "/a\r\nX: y", "http://127.0.0.1:1/x"})
    EXPECT_EQ(led_to(bad), "refused") << bad;
}

TEST_F(NextPage, TheSameOriginMayBeSpeltOut) {
  server_.emplace(ctx_, [](const std::string&) { return test::reply{ok("[]"), then::keep}; });
  // ask() makes a server anew, whose port nobody knows before: so the upstream is made by hand.
  config::upstream_settings settings;
  settings.name = "up";
  const auto origin = "http://127.0.0.1:" + std::to_string(server_->port());
  settings.url = origin + "/base";
  upstream_ = http_upstream::create(ctx_.get_executor(), settings, {}).value();
  upstream_request request;
  request.base = "/base/x";
  request.target = origin + "/y?z=1";
  test::run(ctx_, fetch_all({request}));
  ASSERT_TRUE(*answer_);
  EXPECT_EQ((*answer_)->at, "/y?z=1");
}

TEST_F(NextPage, LinkFieldsAreHandedOver) {
  const auto got = ask(ok("[]", "Link: </a>; rel=prev\r\nLink: </b>; rel=next\r\n"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->link, "</a>; rel=prev, </b>; rel=next");
  EXPECT_EQ(got->at, "/base/doc?token=secret");
}

}  // namespace
}  // namespace freshet
