#include "tests/store/home/home.hpp"

// What was still to be done about a page goes on in the store of a reload, and in that of the next
// run.

namespace freshet {
namespace {

using namespace std::chrono_literals;

floor_ptr floor_at(int n) { return page_floor::of_saved("[\"/n\",\"" + std::to_string(n) + "\"]"); }

class Takeover : public test::home {
 protected:
  static constexpr std::string_view listed =
      "[page.p]\npath = '/p/{name}.json?page=1'\n"
      "fetch = { upstream = 'u', get = '/x/{name}?page={page}' }\n"
      "on = [{ topic = 't', set = { name = '/msg/name' }, "
      "floor = { event = '/msg/n', page = '/n' } }]\n";

  /// What the store knows of the page; then there is another store without it.
  freshness end(page_ref page, std::string_view pages = plain) {
    auto was = store->book().status(page);
    body = store->content(page);
    page_store::options o;
    o.first = store->book().last_sequence() + 1;
    open(pages, o);
    return was;
  }
  page_ref adopt(std::string_view path, const freshness& was, bool as_it_was = true) {
    const auto found = store->pages().find(path);
    store->adopt(found.key, found.canonical, was, body, as_it_was, now);
    return store->find(path);
  }
  page_ref recall(std::string_view path, const remembered_page& is) {
    const auto found = store->pages().find(path);
    const auto page = store->recall(found.key, found.canonical, is, now);
    store->recall_content(page, body);
    return page;
  }
  static remembered_page known(const freshness& was) {
    remembered_page is;
    is.was = was;
    return is;
  }
  void pass(std::chrono::nanoseconds by) {
    now += by;
    store->tick(now);
  }
  entry_ptr body;
};

TEST_F(Takeover, AReadThatWasPlannedStillIs) {
  for (const bool reload : {true, false}) {
    open(plain);
    const auto page = built("/p/a.json");
    mark("a");
    put(take(), "one");
    pass(3s);
    const auto was = end(page);
    const auto here = reload ? adopt("/p/a.json", was) : recall("/p/a.json", known(was));
    EXPECT_EQ(fragment(here), "fresh");
    EXPECT_FALSE(store->claim_next(0, now));
    pass(5s);
    EXPECT_EQ(take().why, cause::reread) << reload;
  }
}

TEST_F(Takeover, SoIsAFloor) {
  for (const bool reload : {true, false}) {
    open(plain);
    const auto page = built("/p/a.json");
    mark("a", {.floor = floor_at(2)});
    auto old = content_of("two");
    old.floor_met = false;
    EXPECT_TRUE(put(take(), old).held);
    const auto was = end(page);
    const auto here = reload ? adopt("/p/a.json", was) : recall("/p/a.json", known(was));
    EXPECT_EQ(fragment(here), "stale");
    const auto c = take();
    ASSERT_TRUE(c.floor) << reload;
    EXPECT_EQ(c.floor->text(), "/n >= 2");
    EXPECT_TRUE(put(c, old).held) << "it still is what was served";
    EXPECT_TRUE(store->book().status(here).queued);
  }
}

TEST_F(Takeover, AFloorOfAVariantStaysThere) {
  for (const bool reload : {true, false}) {
    open(listed);
    const auto second = built("/p/a.json?page=2");
    store->mark_page(second, {.floor = floor_at(2), .floor_here = true}, now);
    const auto was = end(second, listed);
    const auto first = know("/p/a.json");
    ASSERT_NE(first, no_page);
    const auto here =
        reload ? adopt("/p/a.json?page=2", was) : recall("/p/a.json?page=2", known(was));
    const auto c = take();
    EXPECT_EQ(c.ref, here);
    EXPECT_TRUE(c.floor) << reload;
  }
}

TEST_F(Takeover, WhatAnotherRecipeCouldNotBeBuiltByIsTriedAtOnce) {
  open(plain);
  const auto page = built("/p/a.json");
  mark("a");
  fail_it(take());
  remembered_page is;
  is.was = end(page);
  is.trouble.errors = 10;
  is.trouble.parked_for = 1h;
  EXPECT_EQ(fragment(recall("/p/a.json", is)), "parked");
  end(store->find("/p/a.json"));
  is.as_it_was = false;
  EXPECT_EQ(fragment(recall("/p/a.json", is)), "stale");
  EXPECT_EQ(take().why, cause::hand);
}

}  // namespace
}  // namespace freshet
