#include <gmock/gmock.h>

#include "connectors/document/document_builder.hpp"
#include "core/config/load.hpp"
#include "store/page/site.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

namespace asio = boost::asio;

/// One page with one fetch, and the request that its upstream gets.
class asked_page {
 public:
  asked_page(const std::string& kind, const std::string& fetch, const std::string& param = "") {
    const auto url = kind == "exec" ? "" : "url = 'http://127.0.0.1:1/hub'\n";
    loaded_ = config::parse("[upstream.u]\nkind = '" + kind + "'\n" + url +
                            "[page.p]\npath = '/p/{name}.json?n'\n" + param +
                            "\nfetch = [{ upstream = 'u', " + fetch + " }]\n");
    for (const auto& p : loaded_.problems) problems += config::render(p) + "\n";
    std::vector<config::diagnostic> found;
    pages_ = site::compile(loaded_.value.pages, found);
    recipe_ = page_recipe::compile(loaded_.value, loaded_.value.pages[0], pages_.page(0), found);
    for (const auto& p : found) problems += p.message + "\n";
  }

  upstream_request ask(const std::string& path) {
    upstream_request got;
    const upstream_caller call = [&](std::size_t, upstream_request request, lane) {
      got = std::move(request);
      return answer();
    };
    asio::io_context ctx(1);
    test::run(ctx, run(pages_.find(path).key, &call));
    return got;
  }
  std::string problems;

 private:
  static asio::awaitable<result<upstream_answer>> answer() {
    upstream_answer out;
    out.status = 200;
    out.body = "{}";
    co_return out;
  }
  asio::awaitable<void> run(page_key key, const upstream_caller* call) {
    co_await build_document(&recipe_, &pages_.page(0), std::move(key), {}, all_parts, lane::rest,
                            call, &clock_);
  }
  config::loaded loaded_;
  site pages_;
  page_recipe recipe_;
  manual_clock clock_;
};

TEST(CallParts, ParametersGoInWithTheirTypes) {
  asked_page page("koji", R"(call = [["m", "{name}", { n = "{n}", k = "x{name}" }]])",
                  "param = { n = { int = [0, 9] } }");
  ASSERT_EQ(page.problems, "");
  EXPECT_EQ(page.ask("/p/a%22b.json?n=7").call, R"([["m","a\"b",{"n":7,"k":"x{name}"}]])");
  EXPECT_EQ(page.ask("/p/a.json").call, R"([["m","a",{"k":"x{name}"}]])")
      << "empty drops its member";
}

TEST(CallParts, NoValueFromAUrlIsAReference) {
  asked_page page("koji", R"(call = [["id"], ["m", "{name}", "$0"]])");
  ASSERT_EQ(page.problems, "");
  EXPECT_EQ(page.ask("/p/$0.json").call, R"([["id"],["m","$$0","$0"]])");
}

TEST(CallParts, AProgramGetsEachWordAsItIs) {
  asked_page page("exec", R"(run = ["/bin/tool", "{name}", "-n={n}", "{n}"])");
  ASSERT_EQ(page.problems, "");
  EXPECT_THAT(page.ask("/p/a%20b%3Bc.json?n=%20").run,
              testing::ElementsAre("/bin/tool", "a b;c", "-n={n}", " "));
  EXPECT_THAT(page.ask("/p/x.json").run, testing::ElementsAre("/bin/tool", "x", "-n={n}", ""));
}

TEST(CallParts, QuestionsFitTheKind) {
  EXPECT_NE(asked_page("http", R"(call = [["m"]])").problems.find("`call` needs"),
            std::string::npos);
  EXPECT_NE(asked_page("koji", "get = '/x'").problems.find("`get` needs"), std::string::npos);
  EXPECT_NE(asked_page("koji", "run = ['/x']").problems.find("`run` needs"), std::string::npos);
  EXPECT_NE(asked_page("exec", "get = '/x'").problems.find("`get` needs"), std::string::npos);
  EXPECT_EQ(asked_page("bugzilla", "get = '/x'").problems, "");
  EXPECT_EQ(asked_page("xmlrpc", R"(call = [["m"]])").problems, "");
}

TEST(CallParts, MistakesAreFoundBeforeAnybodyAsks) {
  EXPECT_NE(asked_page("koji", R"(call = [["m", "$0"]])").problems.find("earlier call"),
            std::string::npos);
  EXPECT_NE(asked_page("koji", R"(call = [["m", "{nobody}"]])").problems.find("{nobody}"),
            std::string::npos);
  EXPECT_NE(asked_page("exec", "run = ['/x', '{nobody}']").problems.find("{nobody}"),
            std::string::npos);
}

}  // namespace
}  // namespace freshet
