#include "tests/store/home/home.hpp"

// What a floor means for what is served, and for the pages that differ in their query only.

namespace freshet {
namespace {

using namespace std::chrono_literals;

floor_ptr floor_at(int n) {
  auto rule = std::make_shared<floor_rule>();
  rule->event = *json::pointer::parse("/msg/n");
  rule->page = *json::pointer::parse("/n");
  return std::make_shared<const page_floor>(std::move(rule),
                                            std::vector<std::string>{std::to_string(n)});
}

class StoreFloors : public test::home {
 protected:
  static constexpr std::string_view listed =
      "[page.p]\npath = '/p/{name}.json?page=1'\n"
      "fetch = { upstream = 'u', get = '/x/{name}?page={page}' }\n"
      "on = [{ topic = 't', set = { name = '/msg/name' }, "
      "floor = { event = '/msg/n', page = '/n' } }]\n";

  commit_outcome bring(const claim& c, std::string body, bool floor_met) {
    auto content = content_of(std::move(body));
    content.floor_met = floor_met;
    return put(c, std::move(content));
  }
  void pass(std::chrono::nanoseconds by) {
    now += by;
    store->tick(now);
  }
};

TEST_F(StoreFloors, WhatDoesNotShowItIsNotServed) {
  open(plain);
  const auto page = built("/p/a.json");
  changed.clear();
  settled.clear();
  mark("a", {.floor = floor_at(2)});
  const auto c = take();
  ASSERT_TRUE(c.floor);
  const auto done = bring(c, "two", false);
  EXPECT_TRUE(done.accepted && done.held);
  EXPECT_EQ(store->content(page)->body(), "one");
  EXPECT_EQ(fragment(page), "stale");
  EXPECT_TRUE(changed.empty()) << "nobody is told";
  EXPECT_EQ(settled.size(), 1u) << "but whoever waits looks again";
  pass(1s);
  EXPECT_TRUE(bring(take(), "three", true).accepted);
  EXPECT_EQ(store->content(page)->body(), "three");
  EXPECT_EQ(fragment(page), "fresh");
  EXPECT_EQ(changed.size(), 1u);
}

TEST_F(StoreFloors, WithoutAnEntryItIsServedAsStale) {
  open(plain);
  const auto page = know("/p/a.json");
  mark("a", {.floor = floor_at(2)});
  EXPECT_FALSE(bring(take(), "one", false).held);
  EXPECT_EQ(store->content(page)->body(), "one");
  EXPECT_EQ(fragment(page), "stale");
  pass(1s);
  bring(take(), "one", true);
  EXPECT_EQ(fragment(page), "fresh") << "the same bytes, and now they count";
}

TEST_F(StoreFloors, VariantsAreReadAfterTheirPage) {
  open(listed);
  const auto page = built("/p/a.json");
  const auto second = built("/p/a.json?page=2"), third = built("/p/a.json?page=3");
  const auto other = built("/p/b.json?page=2");
  mark("a", {.floor = floor_at(2)});
  const auto c = take();
  EXPECT_EQ(c.ref, page);
  EXPECT_FALSE(store->claim_next(0, now)) << "the variants wait";
  EXPECT_EQ(fragment(second), "stale");
  bring(c, "one", false);
  EXPECT_FALSE(store->claim_next(0, now));
  pass(1s);
  bring(take(), "two", true);
  std::vector<page_ref> next{take().ref, take().ref};
  EXPECT_THAT(next, testing::UnorderedElementsAre(second, third));
  EXPECT_FALSE(store->claim_next(0, now));
  EXPECT_EQ(fragment(other), "fresh");
}

TEST_F(StoreFloors, AVariantWhosePageIsNotKnownGoesAlone) {
  open(listed);
  const auto second = built("/p/a.json?page=2");
  mark("a", {.floor = floor_at(2)});
  const auto c = take();
  EXPECT_EQ(c.ref, second);
  EXPECT_FALSE(c.floor);
  put(c, "one");
  EXPECT_EQ(fragment(second), "fresh");
  pass(5s);
  const auto again = take();
  EXPECT_EQ(again.why, cause::reread) << "and is read again";
}

TEST_F(StoreFloors, ARuleThatMeansAVariantIsCheckedOnIt) {
  open(listed);
  built("/p/a.json");
  const auto second = built("/p/a.json?page=2");
  store->mark_page(second, {.floor = floor_at(2), .floor_here = true}, now);
  const auto c = take();
  EXPECT_EQ(c.ref, second);
  EXPECT_TRUE(c.floor);
}

}  // namespace
}  // namespace freshet
