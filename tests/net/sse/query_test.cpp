#include "net/sse/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace freshet::sse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class two_pages final : public page_directory {
 public:
  result<std::string> canonical(std::string_view target) const override {
    if (!page_.matches(target)) return fail(errc::missing, "no page is at " + std::string(target));
    return std::string(target);
  }
  bool can_match(const url_pattern& pattern) const override { return pattern.meets(page_); }

 private:
  url_pattern page_ = url_pattern::parse("/packages/:package/builds.json").value();
};

result<stream_request> read(std::string_view query, query_context context = {}) {
  return parse_query(query, two_pages{}, context);
}
std::string problem(std::string_view query) {
  const auto out = read(query);
  return out ? "accepted" : out.error().detail;
}

TEST(Query, TakesSeveralMatchersAndDecodes) {
  const auto out = read(
      "match=%2Fpackages%2Flibstdc++%2Fbuilds.json&match_exact=/packages/a/"
      "builds.json&match_urlpattern=/packages/:x/*&name=id&last_event_id=4-5&x=y");
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_THAT(out->watch.exact(),
              ElementsAre("/packages/a/builds.json", "/packages/libstdc++/builds.json"));
  EXPECT_EQ(out->watch.patterns().size(), 1u);
  EXPECT_TRUE(out->name_by_id);
  EXPECT_EQ(out->last_event_id, "4-5");
}

TEST(Query, TakesOldTopics) {
  EXPECT_TRUE(read("topic=*")->watch.matches("/packages/a/builds.json"));
  EXPECT_TRUE(read("topic=/packages/{p}/builds.json")->watch.matches("/packages/a/builds.json"));
  EXPECT_THAT(read("topic=/packages/a/builds.json")->watch.exact(),
              ElementsAre("/packages/a/builds.json"));
}

TEST(Query, TakesAbsoluteUrlsOfThisSiteOnly) {
  const query_context here{"Example.org:8080", "https://pub.example/fresh/", ""};
  for (const auto* url : {"match=http://example.org:8080/packages/a/builds.json",
                          "match=https://pub.example/fresh/packages/a/builds.json"}) {
    const auto out = read(url, here);
    ASSERT_TRUE(out) << url;
    EXPECT_THAT(out->watch.exact(), ElementsAre("/packages/a/builds.json"));
  }
  EXPECT_FALSE(read("match=http://other.example/packages/a/builds.json", here));
  EXPECT_FALSE(read("match=https://pub.example/freshness/packages/a/builds.json", here));
}

TEST(Query, TheHeaderWinsOverTheUrl) {
  const query_context context{"", "", "9-9"};
  EXPECT_EQ(read("topic=*&last_event_id=1-1", context)->last_event_id, "9-9");
}

TEST(Query, SaysWhatIsWrong) {
  EXPECT_THAT(problem(""), HasSubstr("name what to watch"));
  EXPECT_THAT(problem("last_event_id=1-1"), HasSubstr("name what to watch"));
  EXPECT_THAT(problem("match=/nothing.json"), HasSubstr("no page is at /nothing.json"));
  EXPECT_THAT(problem("match_urlpattern=/users/*"), HasSubstr("no page can match"));
  EXPECT_THAT(problem("match_regexp=x"), HasSubstr("match_regexp: not known"));
  EXPECT_THAT(problem("match=%2"), HasSubstr("two hex digits"));
  EXPECT_THAT(problem("match=%zz"), HasSubstr("two hex digits"));
  EXPECT_THAT(problem("topic=*&name=x"), HasSubstr("name: the only value is id"));
  EXPECT_THAT(problem("match=packages"), HasSubstr("expected a path"));
  EXPECT_THAT(problem("match_urlpattern=/:"), HasSubstr("needs a name"));
}

TEST(Query, StopsAtTwoHundred) {
  std::string query;
  for (int i = 0; i < 200; ++i) query += "match=/packages/" + std::to_string(i) + "/builds.json&";
  EXPECT_EQ(read(query)->watch.exact().size(), 200u);
  EXPECT_THAT(problem(query + "match=/packages/x/builds.json"), HasSubstr("200"));
}

TEST(UrlPattern, Matches) {
  const auto match = [](std::string_view pattern, std::string_view path) {
    return url_pattern::parse(pattern).value().matches(path);
  };
  EXPECT_TRUE(match("/w/:x.json", "/w/3.json"));
  EXPECT_TRUE(match("/w/:x.json", "/w/3.json?page=2"));
  EXPECT_TRUE(match("/w/:x.json", "/w/a.json.json"));
  EXPECT_FALSE(match("/w/:x.json", "/w/.json"));
  EXPECT_FALSE(match("/w/:x.json", "/w/a/b.json"));
  EXPECT_TRUE(match("/w/*", "/w/"));
  EXPECT_TRUE(match("/w/*", "/w/a/b"));
  EXPECT_FALSE(match("/w/*", "/w"));
  EXPECT_TRUE(match("*", "/anything"));
  EXPECT_TRUE(match("/*/b/*.json", "/a/b/b/c.json"));
  EXPECT_FALSE(match("/*/b/*.json", "/a/c.json"));
  EXPECT_TRUE(match("/:a/:b", "/x/y"));
  EXPECT_FALSE(match("/:a/:b", "/x/y/z"));
  EXPECT_TRUE(match("/a", "/a"));
  EXPECT_FALSE(match("/a", "/ab"));
}

// Its states are counted in a set of fixed size.
TEST(UrlPattern, MatchesAtItsLongest) {
  std::string text = "/";
  while (text.size() + 3 <= url_pattern::bytes_max) text += ":a/";
  text.resize(url_pattern::bytes_max, '*');
  const auto longest = url_pattern::parse(text);
  ASSERT_TRUE(longest);
  std::string path = "/";
  for (std::size_t i = 0; i < url_pattern::bytes_max / 3; ++i) path += "xy/";
  EXPECT_TRUE(longest->matches(path));
  EXPECT_FALSE(longest->matches(path.substr(3)));
  const std::string literal = "/" + std::string(url_pattern::bytes_max - 1, 'a');
  EXPECT_TRUE(url_pattern::parse(literal)->matches(literal));
  EXPECT_FALSE(url_pattern::parse(literal + "a"));
}

TEST(UrlPattern, Meets) {
  const auto meet = [](std::string_view a, std::string_view b) {
    const auto x = url_pattern::parse(a).value();
    const auto y = url_pattern::parse(b).value();
    EXPECT_EQ(x.meets(y), y.meets(x));
    return x.meets(y);
  };
  EXPECT_TRUE(meet("/packages/:x/*", "/packages/:p/builds.json"));
  EXPECT_TRUE(meet("*", "/a"));
  EXPECT_TRUE(meet("/:a.json", "/b:c"));
  EXPECT_FALSE(meet("/users/*", "/packages/:p"));
  EXPECT_FALSE(meet("/:a", "/a/b"));
  EXPECT_TRUE(meet("/*", "/a/b"));
}

TEST(UrlPattern, RefusesWhatItIsNot) {
  for (const auto* bad : {"", "a", "/a?b", "/a#b", "/{x}", "/(x)", "/a b", "/:-"}) {
    EXPECT_FALSE(url_pattern::parse(bad)) << bad;
  }
  EXPECT_FALSE(url_pattern::parse("/" + std::string(2000, 'a')));
}

}  // namespace
}  // namespace freshet::sse
