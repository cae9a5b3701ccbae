#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/store/page/pages.hpp"

namespace freshet {
namespace {

site mixed() {
  auto lower = make_parameter("a");
  lower.lower = true;
  return make_site({make_page("one", "/x/{a}.json?q&n=1", {lower, integer_parameter("n", 1, 9)}),
                    make_page("two", "/x/x{a}.json?q=%26"), make_page("three", "/{a}/{b}"),
                    make_page("four", "/{a}/x-{b}-y/"), make_page("five", "/x/..{a}?q=a+b")});
}

std::string random_text(std::mt19937& random, std::size_t longest) {
  static constexpr std::string_view pieces[] = {
      "x", "X",        ".", "..", "/", "\\", "%", "%2f", "-",    "+",    "&",    "=",   "?", "#",
      " ", "\xC3\xBC", "1", "01", "y", ";",  ":", "\"",  "json", "\r\n", "\xFF", "%00", "{"};
  std::string text;
  for (auto n = random() % (longest + 1); n > 0; --n) text += pieces[random() % std::size(pieces)];
  return text;
}

// What key_from() accepts is found again by its canonical path, with every value as it was.
TEST(SiteRandom, CanonicalPathsFindTheirKey) {
  const auto pages = mixed();
  std::mt19937 random(3);
  std::set<std::string> seen;
  for (int i = 0; i < 30'000; ++i) {
    const auto& page = pages.page(static_cast<class_id>(random() % pages.pages().size()));
    std::vector<std::string> texts;
    for (std::size_t p = 0; p < page.parameters().size(); ++p)
      texts.push_back(random_text(random, 4));
    std::vector<binding> given;
    for (std::size_t p = 0; p < texts.size(); ++p) {
      if (p < page.path_parameters() || random() % 2 == 0) {
        given.push_back({page.parameters()[p].name(), texts[p]});
      }
    }
    const auto key = page.key_from(given);
    if (!key) continue;
    const auto path = pages.canonical(*key);
    seen.insert(path);
    const auto match = pages.find(path);
    ASSERT_EQ(match.what, page_match::outcome::found) << path << " " << match.detail;
    EXPECT_EQ(match.key, *key) << path;
    EXPECT_EQ(match.canonical, path);
    EXPECT_EQ(hash_of(match.key), hash_of(*key));
  }
  EXPECT_GT(seen.size(), 2'000u);  // the test would prove nothing on refusals alone
}

// Any bytes: no crash; what is found is stable and its canonical path is plain ASCII.
TEST(SiteRandom, AnyTargetIsFoundStablyOrRefused) {
  const auto pages = mixed();
  std::mt19937 random(5);
  page_match match, again;
  int found = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string target = random() % 4 == 0 ? "" : "/x/x";
    target += random_text(random, 6);
    if (random() % 2 == 0)
      target += ".json?n=" + random_text(random, 2) + "&q=" + random_text(random, 3);
    pages.find(target, match);
    EXPECT_EQ(match.detail.empty(), match.what != page_match::outcome::invalid);
    if (match.what != page_match::outcome::found) continue;
    ++found;
    for (const char c : match.canonical) ASSERT_TRUE(c > 0x20 && c < 0x7F) << target;
    pages.find(match.canonical, again);
    ASSERT_EQ(again.what, page_match::outcome::found) << target;
    EXPECT_EQ(again.key, match.key) << target;
    EXPECT_EQ(again.canonical, match.canonical);
  }
  EXPECT_GT(found, 1'000);
}

}  // namespace
}  // namespace freshet
