#include <openssl/evp.h>
#include <openssl/sha.h>

#include <simdjson.h>

#include "net/http/answer/encoder.hpp"
#include "tests/net/api/public_fixture.hpp"
#include "web/assets.hpp"

namespace freshet::test {
namespace {

class Front : public Public {};

/// What a browser computes of an inline element's text.
std::string source_of(const std::string& html, std::string_view open, std::string_view close) {
  const auto first = html.find(open) + open.size();
  const auto text = html.substr(first, html.find(close, first) - first);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char encoded[64];
  const int n = EVP_EncodeBlock(encoded, digest, sizeof digest);
  return "'sha256-" + std::string(encoded, encoded + n) + "'";
}

std::string field_of(const std::string& answer, const std::string& name) {
  const auto at = answer.find("\r\n" + name + ": ");
  if (at == answer.npos) return "";
  const auto first = at + name.size() + 4;
  return answer.substr(first, answer.find("\r\n", first) - first);
}

TEST_F(Front, TheTutorialIsMadeFromTheConfiguration) {
  const auto got = ask("GET /");
  EXPECT_FALSE(slow);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(field_of(got, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(field_of(got, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(got, HasSubstr("<code>/packages/{package}.json?release&amp;page=1</code>"));
  EXPECT_THAT(got, HasSubstr("curl -i 'https://example.org/fresh/packages/package.json'"));
  EXPECT_THAT(got, HasSubstr("src=\"https://example.org/fresh/packages/package.json\""));
  EXPECT_THAT(got, HasSubstr("location /fresh/ {\n    proxy_pass http://127.0.0.1:8080/;"));
}

TEST_F(Front, ThePolicyLetsItsOwnScriptAndStyleRunAndNothingElse) {
  const auto got = ask("GET /?utm=1");
  const auto policy = field_of(got, "Content-Security-Policy");
  EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'self' 'sha256-"));
  EXPECT_THAT(policy, HasSubstr(source_of(body_of(got), "<script type=\"module\">", "</script>")));
  EXPECT_THAT(policy, HasSubstr(source_of(body_of(got), "<style>", "</style>")));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(Front, TheDemoPageTakesThePlaceOfTheTutorial) {
  demo = true;
  const auto got = ask("GET /");
  const auto policy = field_of(got, "Content-Security-Policy");
  const auto html = body_of(got);
  EXPECT_THAT(html, HasSubstr("<title>freshet demo</title>"));
  EXPECT_THAT(html, HasSubstr("data-pages=\"[&quot;/packages/package.json&quot;]\""));
  EXPECT_THAT(policy, HasSubstr(source_of(html, "<script type=\"module\">", "</script>")));
  EXPECT_THAT(policy, HasSubstr(source_of(html, "<style>", "</style>")));
  EXPECT_THAT(policy, HasSubstr("connect-src 'self'"));
}

TEST_F(Front, APageAtTheRootTakesItsPlaceToo) {
  config::page_settings root;
  root.name = "root";
  root.path = "/";
  settings.pages.push_back(root);
  pages = site::compile(settings.pages, problems);
  demo = true;
  auto& s = home.emplace("/", 2, refs++);
  home.publish(s, built("{\"root\":1}"));
  EXPECT_EQ(body_of(ask("GET /")), "{\"root\":1}");
}

TEST_F(Front, TheScriptIsServedInEveryCoding) {
  const auto plain = ask("GET /-/live.js");
  EXPECT_EQ(field_of(plain, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(body_of(plain), web::live_js);
  const auto tag = field_of(plain, "ETag");
  EXPECT_THAT(ask("GET /-/live.js", "Host: h\r\nIf-None-Match: " + tag + "\r\n"),
              StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  const auto gzip = ask("GET /-/live.js?v=2", "Host: h\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(field_of(gzip, "Content-Encoding"), "gzip");
  EXPECT_EQ(body_of(gzip), http::encode(web::live_js, http::coding::gzip));
  EXPECT_TRUE(encode.empty());
}

TEST_F(Front, AnEventOfTheDemoIsMadeByGetAlone) {
  demo = true;
  const auto got = ask("GET /-/demo/event");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(field_of(got, "Cache-Control"), "no-store");
  EXPECT_EQ(events, 1);
  EXPECT_THAT(ask("HEAD /-/demo/event"), StartsWith("HTTP/1.1 204"));
  EXPECT_EQ(events, 1);
}

TEST(ExamplePath, UsesTheValuesThatTheConfigurationNames) {
  auto settings = small_settings();
  auto& page = settings.pages[0];
  page.parameters[1].in = {{"Guake", "kernel"}};
  std::vector<config::diagnostic> problems;
  const auto first = site::compile(settings.pages, problems);
  EXPECT_EQ(api::example_path(first.page(0), page), "/packages/guake.json");
  page.warm.emplace();
  page.warm->keys.resize(1);
  page.warm->keys[0].parameter = "package";
  page.warm->keys[0].values = {"kernel"};
  EXPECT_EQ(api::example_path(first.page(0), page), "/packages/kernel.json");
  page.warm->keys[0].values = {"no-such"};
  EXPECT_EQ(api::example_path(first.page(0), page), "/packages/{package}.json");
}

}  // namespace
}  // namespace freshet::test
