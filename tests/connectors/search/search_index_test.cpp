#include "connectors/upstream/search/search_index.hpp"

#include <gtest/gtest.h>

#include "connectors/upstream/search/search_upstream.hpp"
#include "net/client/client_errc.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

/// An index over pages that the test keeps.
class SearchIndex : public testing::Test {
 protected:
  SearchIndex() { follow({searching("names", "/n")}); }
  static searched_class searching(std::string name, std::string_view by) {
    search_definition how;
    how.name = std::move(name);
    how.text.push_back(selector::from_pointer(by).value());
    return {3, std::make_shared<const search_definition>(std::move(how))};
  }
  void follow(std::vector<searched_class> classes) {
    index.follow(
        std::move(classes),
        [this](std::string_view path) {
          const auto at = pages.find(std::string(path));
          return at == pages.end() ? entry_ptr() : at->second;
        },
        [this](const search_index::known& note) {
          for (const auto& [path, content] : pages) note(3, path);
        });
  }
  void commit(const std::string& path, std::string_view body, std::uint16_t status = 200) {
    auto made = entry::make(body);
    made->version = ++version;
    made->status = status;
    pages[path] = made;
    index.note(3, path, false);
  }
  asio::awaitable<void> ask(std::vector<std::string> targets, std::vector<std::string>* answers) {
    search_upstream upstream("names", &index);
    for (const auto& target : targets) {
      upstream_request request;
      request.target = target;
      const auto got = co_await upstream.fetch(std::move(request));
      answers->push_back(got ? got->body : std::to_string(status_of(got.error().code)));
    }
    co_await index.close();
  }
  std::vector<std::string> find(std::vector<std::string> targets) {
    std::vector<std::string> answers;
    test::run(ctx, ask(std::move(targets), &answers));
    return answers;
  }
  static std::string total(std::size_t n) { return "\"total\":" + std::to_string(n) + ","; }

  asio::io_context ctx{1};
  metrics numbers;
  std::map<std::string, entry_ptr> pages;
  sequence version = 0;
  manual_clock time;
  search_index index{ctx.get_executor(),
                     time,
                     "",
                     std::size_t{1} << 20,
                     numbers,
                     [](std::string_view, std::exception_ptr) { ADD_FAILURE() << "an exception"; }};
};

TEST_F(SearchIndex, WhatWasCommittedBeforeIsFound) {
  commit("/p/a", R"({"n":"alpha"})");
  commit("/p/b", R"({"n":"beta"})");
  commit("/p/a", R"({"n":"gamma"})");
  const auto got = find({"/search?q=alpha&rows=20&page=1", "/search?q=gamma&rows=20&page=1",
                         "/search?q=b&rows=20&page=1"});
  EXPECT_NE(got[0].find(total(0)), std::string::npos);
  EXPECT_NE(got[1].find("\"@id\":\"/p/a\""), std::string::npos);
  EXPECT_NE(got[2].find(total(1)), std::string::npos);
}

TEST_F(SearchIndex, PagesThatAreGoneAreNotFound) {
  for (const auto* name : {"a1", "a2", "a3"})
    commit("/p/" + std::string(name), "{\"n\":\"" + std::string(name) + "\"}");
  std::vector<std::string> answers;
  commit("/p/a1", "{}", 404);
  pages.erase("/p/a2");
  index.note(3, "/p/a2", true);
  const auto got = find({"/search?q=a&rows=20&page=1"});
  EXPECT_NE(got[0].find(total(1)), std::string::npos) << got[0];
}

TEST_F(SearchIndex, AGonePageThatIsBackIsFound) {
  commit("/p/a", R"({"n":"alpha"})");
  index.note(3, "/p/a", true);
  const auto got = find({"/search?q=alpha&rows=20&page=1"});
  EXPECT_NE(got[0].find(total(1)), std::string::npos) << got[0];
}

TEST_F(SearchIndex, OneClassMayBeFoundInTwoWays) {
  follow({searching("others", "/m"), searching("names", "/n")});
  commit("/p/a", R"({"n":"alpha","m":"beta"})");
  const auto got = find({"/search?q=alpha&rows=20&page=1", "/search?q=beta&rows=20&page=1"});
  EXPECT_NE(got[0].find(total(1)), std::string::npos);
  EXPECT_NE(got[1].find(total(0)), std::string::npos);
}

TEST_F(SearchIndex, OtherClassesAreNoneOfItsBusiness) {
  pages["/q/a"] = entry::make(R"({"n":"a"})");
  index.note(4, "/q/a", false);
  EXPECT_EQ(index.waiting(), 0u);
  EXPECT_FALSE(index.searches(4));
  EXPECT_TRUE(index.searches(3));
  find({});
}

TEST_F(SearchIndex, InMemoryItHasSoManyBytes) {
  for (int i = 0; i < 200; ++i) {
    std::string values = "\"n" + std::to_string(i) + "x\"";
    for (int v = 0; v < 50; ++v) values += ",\"" + std::string(200, 'y') + std::to_string(v) + "\"";
    commit("/p/" + std::to_string(i), "{\"n\":[" + values + "]}");
  }
  const auto got = find({"/search?q=n0x&rows=1&page=1", "/search?q=n199x&rows=1&page=1"});
  EXPECT_NE(got[0].find(total(1)), std::string::npos);
  EXPECT_NE(got[1].find(total(0)), std::string::npos) << "there was no room any more";
  EXPECT_GT(index.bytes(), 1u << 20);
  EXPECT_LT(index.bytes(), 2u << 20);
  EXPECT_EQ(numbers.scrape().find("freshet_search_left_out_total 0"), std::string::npos);
}

TEST_F(SearchIndex, WhatIsKnownIsReadWhenSomebodyElseFollows) {
  pages["/p/a"] = entry::make(R"({"n":"alpha"})");
  follow({searching("names", "/n")});
  EXPECT_EQ(index.waiting(), 1u);
  find({});
}

TEST_F(SearchIndex, OddQuestionsAreRefusedOrEmpty) {
  const auto got = find({"/search?rows=20&page=1", "/search?q=a&rows=0&page=1",
                         "/search?q=a&rows=20&page=x", "/search?q=a&rows=20000&page=1"});
  EXPECT_NE(got[0].find(total(0)), std::string::npos);
  EXPECT_EQ(got[1], "400");
  EXPECT_EQ(got[2], "400");
  EXPECT_EQ(got[3], "400");
}

}  // namespace
}  // namespace freshet
