#include <gmock/gmock.h>

#include "tests/core/config/config_support.hpp"

namespace freshet::config {
namespace {

using test::good;
using test::only_problem;
using testing::HasSubstr;

constexpr std::string_view both = R"([upstream.feed]
kind = "events"
by = "user"
keep = 7
[upstream.names]
kind = "search"
of = "package"
text = ["/name", { at = "/sub/*", like = "{}-libs" }]
where = { "/retired" = { exists = false } }
)";

std::string page(std::string_view fetch) {
  return std::string(both) + "[page.p]\npath = '/p/{x}?n=1'\nfetch = { " + std::string(fetch) +
         " }\n";
}

TEST(OwnUpstreams, EveryKeyArrivesAndIsShown) {
  const auto s = good(page("upstream = 'names', search = '{x}', rows = 50, page = '{n}'") +
                      "[page.q]\npath = '/q/{x}'\nfetch = { upstream = 'feed', newest = 5, of = "
                      "'{x}' }\n");
  EXPECT_EQ(s.upstreams[0].by, "user");
  EXPECT_EQ(s.upstreams[0].keep, 7u);
  EXPECT_EQ(s.upstreams[1].of, "package");
  EXPECT_EQ(s.upstreams[1].text.size(), 2u);
  EXPECT_EQ(s.upstreams[1].where_entries.size(), 1u);
  EXPECT_EQ(s.pages[0].fetches[0].search, "{x}");
  EXPECT_EQ(s.pages[0].fetches[0].rows, "50");
  EXPECT_EQ(s.pages[0].fetches[0].page, "{n}");
  EXPECT_EQ(s.pages[1].fetches[0].newest, "5");
  EXPECT_EQ(s.pages[1].fetches[0].of, "{x}");
  EXPECT_EQ(show(s), show(good(show(s))));
}

TEST(OwnUpstreams, Problems) {
  EXPECT_THAT(only_problem("[upstream.f]\nkind = 'events'"), HasSubstr("`by` is missing"));
  EXPECT_THAT(only_problem("[upstream.f]\nkind = 'events'\nby = 'a b'"), HasSubstr("a name has"));
  EXPECT_THAT(only_problem("[upstream.f]\nkind = 'events'\nby = 'a'\nkeep = 10001"),
              HasSubstr("at most 10000"));
  EXPECT_THAT(only_problem("[upstream.f]\nkind = 'search'\nof = 'p'"),
              HasSubstr("`text` is missing"));
  EXPECT_THAT(only_problem(page("upstream = 'names', search = 'a b'")),
              HasSubstr("expected a parameter"));
  EXPECT_THAT(only_problem(page("upstream = 'feed', newest = 0, of = '{x}'")),
              HasSubstr("expected a number from 1 to 1000"));
  EXPECT_THAT(only_problem(page("upstream = 'feed', newest = 5")),
              HasSubstr("`newest` and `of` go together"));
  EXPECT_THAT(only_problem(page("upstream = 'feed', newest = 5, of = '{x}', rows = 5")),
              HasSubstr("`rows` and `page` belong to `search`"));
}

TEST(OnlyConfig, AnswersArePrivate) {
  const auto s = good(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\npath = "
      "'/p/{x}'\nfetch = { upstream = 'u', get = '/' }\nonly = { x = 'X-Auth-User' }\n"
      "cache_control = 'max-age=5'\n");
  EXPECT_EQ(s.pages[0].only[0].first, "x");
  EXPECT_EQ(s.pages[0].only[0].second, "X-Auth-User");
  EXPECT_EQ(s.pages[0].cache_control, "private, max-age=5");
  EXPECT_EQ(show(s), show(good(show(s))));
}

TEST(OnlyConfig, Problems) {
  const auto problem = [](std::string_view keys) {
    return only_problem(
        "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n[page.p]\npath = "
        "'/p/{x}'\nfetch = { upstream = 'u', get = '/' }\n" +
        std::string(keys));
  };
  EXPECT_THAT(problem("only = { x = 'a b' }"), HasSubstr("expected the name of a header field"));
  EXPECT_THAT(only_problem("proxies = []\n[upstream.u]\nkind = 'demo'\n[page.p]\npath = '/p/{x}'\n"
                           "fetch = { upstream = 'u', get = '/' }\nonly = { x = 'X-Auth-User' }"),
              HasSubstr("7:8: page.p.only: only a proxy can name"));
  EXPECT_THAT(problem("only = {}"), HasSubstr("expected a parameter and its header"));
  EXPECT_THAT(problem("only = { x = 'X' }\ncache_control = 'public, max-age=5'"),
              HasSubstr("a page with `only` is private"));
}

}  // namespace
}  // namespace freshet::config
