#include "tests/connectors/upstream/upstream_fixture.hpp"

// Asking an upstream only whether its answer has changed.

namespace freshet {
namespace {

class Validators : public upstream_fixture {
 protected:
  static upstream_request wanting() {
    auto request = target();
    request.may_be_unchanged = true;
    return request;
  }
  upstream_answer told(const std::string& fields) {
    auto got =
        ask([fields](const std::string&) { return test::reply{ok("{}", fields), then::keep}; },
            wanting());
    EXPECT_TRUE(got);
    return got ? *got : upstream_answer{};
  }
};

TEST_F(Validators, AnETagIsTakenAsItIs) {
  EXPECT_EQ(told("ETag: \"a b\"\r\n").etag, "") << "no blank";
  EXPECT_EQ(told("eTaG: \"a-b\"\r\n").etag, "\"a-b\"");
  EXPECT_EQ(told("ETag: W/\"1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n").etag,
            "W/\"1\"");
  for (const std::string wrong : {"abc", "\"abc", "\"a\"b\"", "W/", "\""})
    EXPECT_EQ(told("ETag: " + wrong + "\r\n").etag, "") << wrong;
  EXPECT_EQ(told("ETag: \"" + std::string(300, 'x') + "\"\r\n").etag, "");
}

TEST_F(Validators, ADateCountsWhenItWasAMinuteOld) {
  const std::string then = "Sun, 06 Nov 1994 08:49:37 GMT";
  const auto said = [&](const std::string& date) {
    return told("Last-Modified: " + then + "\r\n" + date).modified;
  };
  EXPECT_EQ(said("Date: Sun, 06 Nov 1994 08:50:37 GMT\r\n"), then);
  EXPECT_EQ(said("Date: Sun, 06 Nov 1994 08:50:36 GMT\r\n"), "") << "it may change in this second";
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("Date: yesterday\r\n"), "");
}

TEST_F(Validators, WhoDoesNotWantThemIsToldNone) {
  EXPECT_EQ(ask(ok("{}", "ETag: \"a\"\r\n"))->etag, "");
}

TEST_F(Validators, A304IsAnAnswerToWhoAskedWithOne) {
  auto request = wanting();
  request.known_etag = "\"a\"";
  const auto same = [](const std::string&) {
    return test::reply{"HTTP/1.1 304 Same\r\nETag: \"a\"\r\n\r\n", then::keep};
  };
  calls_ = 2;
  const auto got = ask(same, request);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 304u);
  EXPECT_EQ(server_->connections, 1u) << "it has no body to wait for";
  EXPECT_NE(server_->requests[1].find("If-None-Match: \"a\"\r\n"), std::string::npos);
  request = wanting();
  request.known_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_TRUE(ask(same, request));
  EXPECT_NE(server_->requests[0].find("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
            std::string::npos);
  EXPECT_FALSE(ask(same, wanting())) << "nobody asked for that";
}

}  // namespace
}  // namespace freshet
