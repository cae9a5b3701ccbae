#include "connectors/schedule/key_lists.hpp"

#include <gmock/gmock.h>

#include "connectors/schedule/pace.hpp"
#include "core/config/load.hpp"
#include "store/page/site.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class KeyLists : public ::testing::Test {
 protected:
  KeyLists() {
    const auto loaded = config::parse(
        "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
        "[page.p]\npath = '/p/{name}/{branch}.json?page=1'\nparam = { name = { lower = true } }\n"
        "fetch = { upstream = 'u', get = '/x' }\n");
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded.value.pages, problems);
    EXPECT_TRUE(problems.empty());
  }
  std::string path_of(const std::vector<binding>& values) {
    const auto key = page().key_from(values);
    return key ? page().canonical(*key) : "no key";
  }
  const page_class& page() { return pages_.page(0); }

  site pages_;
};

TEST_F(KeyLists, TheProductRunsTheLastListFastest) {
  key_lists lists(page(), {"name", "branch"});
  EXPECT_FALSE(lists.whole());
  EXPECT_EQ(lists.replace(0, {"b", "A", "a"}), 0u);
  EXPECT_FALSE(lists.whole());
  EXPECT_EQ(lists.replace(1, {"f41", "rawhide"}), 0u);
  ASSERT_TRUE(lists.whole());
  ASSERT_EQ(lists.pages(), 4u) << "normalised, each once";
  std::vector<std::string> paths;
  for (std::uint64_t n = 0; n < lists.pages(); ++n) paths.push_back(path_of(lists.at(n)));
  EXPECT_THAT(paths, ElementsAre("/p/a/f41.json", "/p/a/rawhide.json", "/p/b/f41.json",
                                 "/p/b/rawhide.json"));
}

TEST_F(KeyLists, WhatIsNoValueOfTheParameterIsLeftOut) {
  key_lists lists(page(), {"name"});
  EXPECT_EQ(lists.replace(0, {"a", "b/c", "", ".."}), 3u);
  EXPECT_EQ(lists.pages(), 1u);
}

TEST_F(KeyLists, ContainLooksAtListedParametersOnly) {
  key_lists lists(page(), {"name", "branch"});
  lists.replace(0, {"a"});
  lists.replace(1, {"f41"});
  EXPECT_TRUE(lists.contain({0, {"a", "f41", "7"}}));
  EXPECT_FALSE(lists.contain({0, {"b", "f41", "1"}}));
  EXPECT_FALSE(lists.contain({0, {"a", "f42", "1"}}));
}

TEST_F(KeyLists, AnEmptyListMakesNoPages) {
  key_lists lists(page(), {"name", "branch"});
  lists.replace(0, {"a"});
  lists.replace(1, {});
  EXPECT_TRUE(lists.whole());
  EXPECT_EQ(lists.pages(), 0u);
}

TEST(Pace, IsEvenAndDoesNotMakeUpForAPause) {
  mono_time now{1h};
  pace p(50, now);
  EXPECT_TRUE(p.take(now));
  EXPECT_FALSE(p.take(now));
  EXPECT_EQ(p.next(), now + 20ms);
  EXPECT_FALSE(p.take(now + 19ms));
  EXPECT_TRUE(p.take(now + 20ms));
  now += 1h;
  int burst = 0;
  while (p.take(now)) ++burst;
  EXPECT_EQ(burst, 6) << "a tenth of a second's worth, and the one that is due";
  int second = 0;
  for (const auto end = now + 1s; now < end; now += 1ms)
    while (p.take(now)) ++second;
  EXPECT_NEAR(second, 50, 1);
}

}  // namespace
}  // namespace freshet
