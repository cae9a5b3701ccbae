#include "tests/net/api/public_fixture.hpp"

namespace freshet::test {
namespace {

constexpr std::string_view exposed =
    "Access-Control-Expose-Headers: ETag, Link, Freshness, Cache-Status, Content-Location, "
    "Retry-After\r\n";
constexpr const char* listed = "Host: h\r\nOrigin: https://app.example.org\r\n";
constexpr const char* unlisted = "Host: h\r\nOrigin: https://evil.example.org\r\n";

class Cors : public Public {
 protected:
  void allow(std::vector<std::string> origins, bool credentials = false) {
    settings.cors.origins = std::move(origins);
    settings.cors.credentials = credentials;
    put("/packages/a.json", built("{}"));
    next.what = api::miss_answer::outcome::wait_passed;
  }
  /// One of each kind of answer: hit, slow error, error, document, stream that is refused.
  const std::vector<std::string> requests{"GET /packages/a.json", "GET /packages/b.json",
                                          "GET /none", "GET /-/live.js", "GET /-/live"};
};

TEST_F(Cors, WithoutOriginsThereIsNoWordOfIt) {
  allow({});
  for (const auto& line : requests) {
    const auto got = ask(line, listed);
    EXPECT_THAT(got, Not(HasSubstr("Access-Control"))) << line;
    EXPECT_THAT(got, Not(HasSubstr("Vary: Origin"))) << line;
  }
}

TEST_F(Cors, AListedOriginMayReadEveryAnswer) {
  allow({"https://other.example.org", "https://app.example.org"});
  for (const auto& line : requests) {
    const auto got = ask(line, listed);
    EXPECT_THAT(got, HasSubstr("Access-Control-Allow-Origin: https://app.example.org\r\n"));
    EXPECT_THAT(got, HasSubstr("Vary: Origin\r\n")) << line;
    EXPECT_THAT(got, HasSubstr(std::string(exposed))) << line;
    EXPECT_THAT(got, Not(HasSubstr("Credentials"))) << line;
  }
}

TEST_F(Cors, AnUnlistedOriginIsNeverRepeated) {
  allow({"https://app.example.org"}, true);
  for (const auto& line : requests) {
    for (const auto* fields : {unlisted, "Host: h\r\n", "Host: h\r\nOrigin: null\r\n",
                               "Host: h\r\nOrigin: https://app.example.org.evil\r\n"}) {
      const auto got = ask(line, fields);
      EXPECT_THAT(got, Not(HasSubstr("Access-Control"))) << line << fields;
      EXPECT_THAT(got, HasSubstr("Vary: Origin\r\n")) << line << fields;
    }
  }
}

TEST_F(Cors, CredentialsAreSaidWhenConfigured) {
  allow({"https://app.example.org"}, true);
  for (const auto& line : requests) {
    EXPECT_THAT(ask(line, listed), HasSubstr("Access-Control-Allow-Credentials: true\r\n"));
  }
}

TEST_F(Cors, EveryOriginIsAStarThatDoesNotVary) {
  allow({"*"});
  for (const auto& line : requests) {
    const auto got = ask(line, unlisted);
    EXPECT_THAT(got, HasSubstr("Access-Control-Allow-Origin: *\r\n")) << line;
    EXPECT_THAT(got, HasSubstr(std::string(exposed))) << line;
    EXPECT_THAT(got, Not(HasSubstr("Vary: Origin"))) << line;
  }
}

TEST_F(Cors, OptionsNamesTheMethods) {
  for (const auto* line : {"OPTIONS /packages/a.json", "OPTIONS *", "OPTIONS /none"}) {
    const auto got = ask(line);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 204 No Content\r\n")) << line;
    EXPECT_THAT(got, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n")) << line;
    EXPECT_THAT(got, Not(HasSubstr("Content-Length"))) << line;
  }
}

TEST_F(Cors, APreflightIsAnsweredForListedOriginsOnly) {
  allow({"https://app.example.org"}, true);
  const std::string asks =
      "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: if-none-match\r\n";
  const auto yes = ask("OPTIONS /packages/a.json", listed + asks);
  EXPECT_THAT(yes, StartsWith("HTTP/1.1 204 No Content\r\n"));
  for (const auto* line : {"Access-Control-Allow-Origin: https://app.example.org\r\n",
                           "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n", "If-None-Match",
                           "Access-Control-Max-Age: 86400\r\n",
                           "Access-Control-Allow-Credentials: true\r\n", "Vary: Origin\r\n"}) {
    EXPECT_THAT(yes, HasSubstr(line));
  }
  const auto no = ask("OPTIONS /packages/a.json", unlisted + asks);
  EXPECT_THAT(no, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(no, Not(HasSubstr("Access-Control")));
}

}  // namespace
}  // namespace freshet::test
