// Rebuild and purge by pattern.
#include <gmock/gmock.h>

#include "tests/connectors/inspect/world.hpp"

namespace freshet {
namespace {

using test::inspect_world;
using test::text_of;

class Patterns : public testing::Test {
 protected:
  inspect_world w;

  page_ref built(std::string_view path) {
    const auto page = w.know(path);
    w.store->ask(page, lane::visitor, cause::miss, w.time.now());
    EXPECT_TRUE(w.refresh(page, "{}"));
    return page;
  }
  bool stale(page_ref page) { return w.status(page).state == freshness_state::stale; }
};

TEST_F(Patterns, RebuildMarksWhatMatches) {
  const auto guake = built("/packages/guake/builds.json");
  const auto second = built("/packages/guake/builds.json?page=2");
  const auto kernel = built("/packages/kernel/builds.json");
  const auto overview = built("/packages/guake.json");
  const auto answer = w.parse(w.look->rebuild("/packages/:package/builds.json"));
  EXPECT_EQ(text_of(answer["pages"]), "3");
  EXPECT_TRUE(stale(guake));
  EXPECT_TRUE(stale(second));
  EXPECT_TRUE(stale(kernel));
  EXPECT_FALSE(stale(overview));
  ASSERT_TRUE(w.refresh(guake, "{}"));
  EXPECT_EQ(w.status(guake).why, cause::hand);
  EXPECT_EQ(text_of(w.parse(w.look->rebuild("/nothing/*"))["pages"]), "0");
}

TEST_F(Patterns, APathIsThatPageAlone) {
  const auto first = built("/packages/guake/builds.json");
  const auto second = built("/packages/guake/builds.json?page=2");
  const auto answer = w.parse(w.look->rebuild("/packages/GUAKE/builds.json?page=2"));
  EXPECT_EQ(text_of(answer), R"({"pages":1,"paths":["/packages/guake/builds.json?page=2"]})");
  EXPECT_FALSE(stale(first));
  EXPECT_TRUE(stale(second));
}

TEST_F(Patterns, RebuildOfAPageNeverBuiltBuildsIt) {
  EXPECT_EQ(text_of(w.parse(w.look->rebuild("/packages/guake.json"))["pages"]), "1");
  const auto page = w.store->find("/packages/guake.json");
  ASSERT_NE(page, no_page);
  ASSERT_TRUE(w.refresh(page, "{}"));
  EXPECT_EQ(w.status(page).why, cause::hand);
}

TEST_F(Patterns, WhatCannotBeIsAnError) {
  EXPECT_EQ(w.look->rebuild("/nowhere").error().code, make_error_code(errc::missing));
  EXPECT_EQ(w.look->rebuild("/packages/a/builds.json?page=0").error().code,
            make_error_code(errc::malformed));
  EXPECT_EQ(w.look->rebuild("packages/*").error().code, make_error_code(errc::malformed));
  EXPECT_EQ(w.look->purge("/a/:", false).error().code, make_error_code(errc::malformed));
  EXPECT_FALSE(w.look->rebuild(""));
  EXPECT_EQ(w.store->known(), 0u);
}

TEST_F(Patterns, PurgeForgetsAndADryRunOnlyCounts) {
  built("/packages/guake.json");
  built("/packages/kernel.json");
  built("/packages/kernel/builds.json");
  w.changes.clear();
  auto answer = w.parse(w.look->purge("/packages/:x.json", true));
  EXPECT_EQ(text_of(answer["pages"]), "2");
  EXPECT_EQ(text_of(answer["dry_run"]), "true");
  EXPECT_EQ(w.store->known(), 3u);
  EXPECT_TRUE(w.changes.empty());
  answer = w.parse(w.look->purge("/packages/:x.json", false));
  EXPECT_EQ(text_of(answer["pages"]), "2");
  EXPECT_EQ(text_of(answer["dry_run"]), "false");
  EXPECT_EQ(w.store->known(), 1u);
  ASSERT_EQ(w.changes.size(), 2u);
  EXPECT_EQ(w.changes[0]->what, change::kind::deleted);
  EXPECT_EQ(text_of(w.parse(w.look->purge("/packages/kernel/builds.json", false))["pages"]), "1");
  EXPECT_EQ(w.store->known(), 0u);
  EXPECT_EQ(text_of(w.parse(w.look->purge("/packages/kernel/builds.json", false))["pages"]), "0");
}

TEST_F(Patterns, ManyPagesAreDoneInSlices) {
  for (int i = 0; i < 1200; ++i) w.know("/packages/p" + std::to_string(i) + ".json");
  const auto kept = w.know("/packages/p1/builds.json");
  EXPECT_EQ(text_of(w.parse(w.look->purge("/packages/:x.json", false))["pages"]), "1200");
  EXPECT_EQ(w.store->known(), 1201 - page_work::slice_pages);
  EXPECT_EQ(w.woken, 1);
  // A row that another page took meanwhile is not purged by the pattern of the old one.
  const auto reused = w.know("/packages/new/builds.json");
  EXPECT_TRUE(w.look->tick(w.time.now()));
  EXPECT_FALSE(w.look->tick(w.time.now()));
  EXPECT_EQ(w.store->known(), 2u);
  EXPECT_NE(w.store->slot_of(kept), nullptr);
  EXPECT_NE(w.store->slot_of(reused), nullptr);
}

TEST_F(Patterns, TooManyAtOnceAreRefused) {
  for (std::size_t i = 0; i < 10 * page_work::slice_pages; ++i)
    w.know("/packages/p" + std::to_string(i) + ".json");
  for (std::size_t i = 0; i < page_work::jobs_max; ++i) EXPECT_TRUE(w.look->rebuild("/packages/*"));
  const auto refused = w.look->rebuild("/packages/*");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, make_error_code(errc::overloaded));
  while (w.look->tick(w.time.now())) {
  }
  EXPECT_TRUE(w.look->rebuild("/packages/*"));
}

TEST(PatternsUnstored, APageThatIsNeverKeptIsNotMade) {
  inspect_world w(R"(
[upstream.u]
kind = "http"
url = "http://127.0.0.1:3"
[page.once]
path = "/once.json"
store = false
fetch = [{ upstream = "u", get = "/x" }]
)");
  const auto answer = w.look->rebuild("/once.json");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, testing::HasSubstr("store = false"));
  EXPECT_EQ(w.store->known(), 0u);
}

}  // namespace
}  // namespace freshet
