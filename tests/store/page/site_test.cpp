#include "store/page/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/page/pages.hpp"

namespace freshet {
namespace {

site fedora() {
  auto release = make_parameter("release");
  release.lower = true;
  release.max = 20;
  auto status = make_parameter("status");
  status.in = {{"", "testing", "stable"}};
  auto user = make_parameter("user");
  user.lower = true;
  return make_site(
      {make_page("updates", "/packages/{package}/updates.json?release&status&page=1",
                 {release, status, integer_parameter("page", 1, 50)}),
       make_page("package", "/packages/{package}.json"), make_page("news", "/packages/news.json"),
       make_page("branch", "/packages/{package}/changelog/{branch}.json"),
       make_page("any", "/{category}/{port}.json?branch=head"),
       make_page("user", "/users/u-{user}.json", {user}), make_page("u", "/users/u-me.json"),
       make_page("root", "/"), make_page("search", "/search.json?q&page=1")});
}

TEST(Site, FindsAPageAndItsCanonicalPath) {
  const auto pages = fedora();
  EXPECT_EQ(ask(pages, "/packages/guake.json"), "package /packages/guake.json");
  EXPECT_EQ(ask(pages, "/packages/guake/updates.json?page=2&release=F41"),
            "updates /packages/guake/updates.json?release=f41&page=2");
  EXPECT_EQ(ask(pages, "/packages/guake/updates.json?page=01&status="),
            "updates /packages/guake/updates.json");
  EXPECT_EQ(ask(pages, "/"), "root /");
  EXPECT_EQ(ask(pages, "/?x=1"), "root /");
  EXPECT_EQ(ask(pages, "/packages/a/changelog/f41.json"), "branch /packages/a/changelog/f41.json");
}

TEST(Site, KeyHoldsDecodedValuesInDeclaredOrder) {
  const auto pages = fedora();
  const auto match = pages.find("/packages/g%74k+%3b/updates.json?page=3&release=F41");
  ASSERT_EQ(match.what, page_match::outcome::found);
  EXPECT_EQ(match.key.page, 0);
  EXPECT_THAT(match.key.values, testing::ElementsAre("gtk+;", "f41", "", "3"));
  EXPECT_EQ(match.canonical, "/packages/gtk+%3B/updates.json?release=f41&page=3");
}

TEST(Site, OtherSpellingsAreTheSameKey) {
  const auto pages = fedora();
  for (const auto* spelling :
       {"/packages/guake.json", "/packages/gu%61ke.json", "/pack%61ges/guake%2Ejson",
        "/packages/guake.json?utm=1&utm=2", "/packages/guake.json?", "/packages/guake.json?%zz"}) {
    EXPECT_EQ(ask(pages, spelling), "package /packages/guake.json") << spelling;
  }
  EXPECT_EQ(ask(pages, "/search.json?q=c%2B%2B+x%26y"), "search /search.json?q=c%2B%2B%20x%26y");
  EXPECT_EQ(ask(pages, "/search.json?%71=a/b"), "search /search.json?q=a%2Fb");
}

TEST(Site, MoreLiteralBytesWinLeftmostFirst) {
  const auto pages = make_site({make_page("a", "/{x}/{y}"), make_page("b", "/{x}/lit"),
                                make_page("c", "/pre{x}/{y}"), make_page("d", "/{x}fix/{y}"),
                                make_page("e", "/pre{x}fix/{y}"), make_page("f", "/pref/z")});
  EXPECT_EQ(ask(pages, "/q/r"), "a /q/r");
  EXPECT_EQ(ask(pages, "/q/lit"), "b /q/lit");
  EXPECT_EQ(ask(pages, "/pre1/lit"), "c /pre1/lit");
  EXPECT_EQ(ask(pages, "/prefix/y"), "c /prefix/y");  // nothing is left for e's capture
  EXPECT_EQ(ask(pages, "/pre1fix/y"), "e /pre1fix/y");
  EXPECT_EQ(ask(pages, "/1fix/y"), "d /1fix/y");
  EXPECT_EQ(ask(pages, "/pref/z"), "f /pref/z");
  EXPECT_EQ(ask(pages, "/pref/y"), "c /pref/y");  // the literal branch led nowhere
}

TEST(Site, UnknownPaths) {
  const auto pages = fedora();
  for (const auto* target :
       {"/nothing", "/packages/", "/packages//x.json", "//", "/packages/.json",
        "/packages/a/b/c/d.json", "/-/a.json", "/.well-known/a.json", "/_console/a.json",
        "/_console", "/%2d/a.json", "/packages/guake.json/"}) {
    EXPECT_EQ(ask(pages, target), "404") << target;
  }
}

TEST(Site, BadValuesAndRepeatedParametersAre400) {
  const auto pages = fedora();
  EXPECT_EQ(ask(pages, "/packages/a/updates.json?page=51"),
            "400 page: expected an integer from 1 to 50");
  EXPECT_EQ(ask(pages, "/packages/a/updates.json?page=1&page=1"), "400 page: given more than once");
  EXPECT_EQ(ask(pages, "/packages/a/updates.json?page=1&p%61ge=2"),
            "400 page: given more than once");
  EXPECT_EQ(ask(pages, "/packages/a/updates.json?status=x"),
            "400 status: expected one of the values in `in`");
  EXPECT_EQ(ask(pages, "/search.json?q=%4"), "400 q: a % is not followed by two hex digits");
  EXPECT_EQ(ask(pages, "/search.json?q=%00").substr(0, 3), "400");
  EXPECT_EQ(ask(pages, "/search.json?q=%FF").substr(0, 3), "400");
}

TEST(Site, HostileTargetsAre400) {
  const auto pages = fedora();
  const std::string nul("/packages/a\0.json", 17);
  for (const std::string& target : {std::string("/packages/../x"),
                                    std::string("/packages/%2e%2E/x.json"),
                                    std::string("/./a"),
                                    std::string("/.."),
                                    std::string("/packages/a%2fb.json"),
                                    std::string("/packages/a%5Cb.json"),
                                    std::string("/packages/a\\b.json"),
                                    std::string("/packages/%00.json"),
                                    nul,
                                    std::string("/packages/a\r\nX: y.json"),
                                    std::string("/packages/%0d%0a.json"),
                                    std::string("/packages/%.json"),
                                    std::string("/packages/%c0%ae.json"),
                                    std::string("/packages/%ff.json"),
                                    std::string("/a#b"),
                                    std::string("packages"),
                                    std::string(""),
                                    std::string("http://h/packages/a.json"),
                                    std::string("/x/%2F/../y"),
                                    "/packages/" + std::string(10'000, 'a') + ".json"}) {
    EXPECT_EQ(ask(pages, target).substr(0, 3), "400") << target.substr(0, 60);
  }
  std::string deep, wide = "/search.json?";
  for (int i = 0; i < 5000; ++i) deep += "/a";
  for (int i = 0; i < 5000; ++i) wide += "&=";
  EXPECT_EQ(ask(pages, deep), "404");
  EXPECT_EQ(ask(pages, deep + "/.."), "400 path: a . or .. segment");
  EXPECT_EQ(ask(pages, wide), "search /search.json");
}

TEST(Site, ANormalisedValueDoesNotTakeAnotherPagesPath) {
  const auto pages = fedora();
  EXPECT_EQ(ask(pages, "/users/u-me.json"), "u /users/u-me.json");
  EXPECT_EQ(ask(pages, "/users/u-ME.json"), "404");
  EXPECT_EQ(ask(pages, "/users/u-YOU.json"), "user /users/u-you.json");
}

// With a walk over all pages per request this would take minutes, not a blink.
TEST(Site, ManyPagesCostNoMoreThanTheirDepth) {
  std::vector<config::page_settings> many;
  for (int i = 0; i < 4000; ++i) {
    const auto n = std::to_string(i);
    many.push_back(make_page("l" + n, "/a" + n + "/{x}.json"));
    many.push_back(make_page("r" + n, "/b/{x}-" + n + ".json"));
    many.push_back(make_page("s" + n, "/c/k" + n + "-{x}/z"));
  }
  const auto pages = make_site(many);
  page_match match;
  for (int i = 0; i < 40'000; ++i) {
    const auto n = static_cast<unsigned>(i % 4000);
    const auto text = std::to_string(n);
    pages.find("/a" + text + "/q.json", match);
    ASSERT_EQ(match.key.page, n * 3);
    pages.find("/b/q-" + text + ".json", match);
    ASSERT_EQ(match.key.page, n * 3 + 1);
    pages.find("/c/k" + text + "-q/z", match);
    ASSERT_EQ(match.key.page, n * 3 + 2);
  }
}

TEST(Site, AMatchIsReusedWithoutLeftovers) {
  const auto pages = fedora();
  page_match match;
  pages.find("/packages/guake/updates.json?release=f41", match);
  pages.find("/packages/guake.json", match);
  EXPECT_THAT(match.key.values, testing::ElementsAre("guake"));
  EXPECT_EQ(match.canonical, "/packages/guake.json");
  pages.find("/packages/%", match);
  EXPECT_EQ(match.canonical, "");
  pages.find("/nothing", match);
  EXPECT_EQ(match.detail, "");
}

TEST(Site, NearestPatternsForA404) {
  const auto pages = fedora();
  EXPECT_EQ(pages.nearest("/packages/guake/update.json", 1).front(),
            "/packages/{package}/updates.json?release&status&page=1");
  EXPECT_EQ(pages.nearest("/serach.json", 1).front(), "/search.json?q&page=1");
  EXPECT_EQ(pages.nearest("/%", 99).size(), pages.pages().size());
}

}  // namespace
}  // namespace freshet
