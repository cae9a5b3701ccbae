#include "connectors/schedule/warmer.hpp"

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Warmer : public test::workshop {
 protected:
  ~Warmer() override { end(); }

  static std::string with(std::string_view warm, std::string_view more = "") {
    return std::string(test::one_page) + "warm = " + std::string(warm) + "\n" + std::string(more);
  }
  void start(const std::string& text) {
    open(text);
    std::vector<config::diagnostic> wrong;
    warmer::check(loaded.value, pages, wrong);
    ASSERT_THAT(wrong, IsEmpty());
    const auto sink = [this](std::string_view, std::exception_ptr) { problems.push_back("warm"); };
    const upstream_caller caller = [this](std::size_t, upstream_request request, lane in) {
      lanes.push_back(in);
      return up->fetch(std::move(request));
    };
    warm.emplace(ctx.get_executor(), time, loaded.value, *store, caller, sink, numbers, 1);
    scope->spawn("warmer", warm->run());
    settle();
  }
  void end() {
    stop();
    warm.reset();
  }
  listing listed(std::string_view path) { return warm->listed(pages.find(path).key); }

  std::optional<warmer> warm;
  std::vector<lane> lanes;
};

TEST_F(Warmer, PagesOfALiteralListAreBuilt) {
  start(with("{ rate = '1000/s', keys = { name = ['a', 'b/c', 'd'] } }"));
  answer("/x/a", "1");
  run_until([&] {
    advance(1ms);
    return store->known() == 2;
  });
  answer("/x/d", "1");
  EXPECT_EQ(content("/p/a.json"), "1");
  EXPECT_EQ(store->known(), 2u);
  EXPECT_EQ(status("/p/a.json").why, cause::warm);
  EXPECT_THAT(numbers.scrape(), HasSubstr("freshet_warm_skipped_total{page=\"p\"} 1\n"));
  EXPECT_TRUE(warm->creates(0));
  EXPECT_EQ(listed("/p/a.json"), listing::listed);
  EXPECT_EQ(listed("/p/z.json"), listing::unlisted);
}

TEST_F(Warmer, PagesAreMadeAtTheRate) {
  start(with("{ rate = '10/s', keys = { name = ['a', 'b', 'c', 'd'] } }"));
  EXPECT_EQ(store->known(), 1u) << "the first at once";
  // The clock stands still: whatever real timers do, nothing more is due.
  for (int i = 0; i < 3; ++i) {
    ctx.restart();
    ctx.run_for(1ms);
  }
  EXPECT_EQ(store->known(), 1u);
  time.advance(100ms);
  run_until([&] { return store->known() == 2; });
  settle();
  EXPECT_EQ(store->known(), 2u);
}

TEST_F(Warmer, AListComesFromAnUpstreamInTheBackgroundLane) {
  start(with(
      "{ rate = '1000/s', keys = { name = { upstream = 'u', get = '/all', at = '/names' } } }"));
  EXPECT_EQ(up->lane_of("/all"), call_lane::background);
  EXPECT_THAT(lanes, ElementsAre(lane::rest));
  EXPECT_EQ(listed("/p/a.json"), listing::not_known_yet);
  answer("/all", R"({"names":["a","b"]})");
  EXPECT_EQ(listed("/p/a.json"), listing::listed);
  EXPECT_FALSE(warm->lists(pages.find("/p/z.json").key));
  run_until([&] {
    advance(1ms);
    return store->known() == 2;
  });
  EXPECT_THAT(up->asked, ElementsAre("/all", "/x/a", "/x/b"));
}

TEST_F(Warmer, MoreValuesThanAnEventMayHave) {
  start(with("{ rate = '1/s', keys = { name = { upstream = 'u', get = '/all', at = '/*' } } }"));
  std::string names = "[";
  for (int i = 0; i < 25'000; ++i) names += "\"p" + std::to_string(i) + "\",";
  names.back() = ']';
  answer("/all", names);
  EXPECT_EQ(listed("/p/p24999.json"), listing::listed);
}

TEST_F(Warmer, AListThatFailsIsAskedForAgainAndTheLastGoodOneStays) {
  start(
      with("{ rate = '1000/s', every = '1ms', "
           "keys = { name = { upstream = 'u', get = '/all', at = '/*' } } }"));
  answer("/all", R"(["a"])");
  const auto asked = [&] { return std::ranges::count(up->asked, "/all"); };
  run_until([&] { return asked() == 2; });
  refuse("/all", error(client_errc::unreachable));
  EXPECT_EQ(listed("/p/a.json"), listing::listed);
  EXPECT_EQ(listed("/p/b.json"), listing::unlisted);
  EXPECT_EQ(asked(), 2) << "not at once";
  run_until([&] { return asked() == 3; });  // half a second at least
  answer("/all", R"(["b"])");
  EXPECT_EQ(listed("/p/a.json"), listing::unlisted);
  EXPECT_EQ(listed("/p/b.json"), listing::listed);
}

TEST_F(Warmer, EmptyAndBrokenListsAreNoLists) {
  for (const auto* bad : {"{}", "[]", "nonsense"}) {
    start(with("{ keys = { name = { upstream = 'u', get = '/all', at = '/*' } } }"));
    answer("/all", bad);
    EXPECT_EQ(listed("/p/a.json"), listing::not_known_yet) << bad;
    end();
  }
}

TEST_F(Warmer, EachRoundMarksWhatIsNotOnItsWay) {
  start(with("{ rate = '1000/s', every = '1ms', keys = { name = ['a'] } }"));
  run_until([&] { return up->up() == 1; });
  for (int i = 0; i < 5; ++i) {
    ctx.restart();
    ctx.run_for(2ms);
  }
  answer("/x/a", "1");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh) << "not marked while it ran";
  run_until([&] { return up->up() == 1; });
  answer("/x/a", "2");
  EXPECT_EQ(content("/p/a.json"), "2");
}

TEST_F(Warmer, ItEndsWhereverItIs) {
  start(with("{ keys = { name = { upstream = 'u', get = '/all', at = '/*' } } }"));
  ASSERT_EQ(up->up(), 1u);
  end();  // a list is being read
  start(with("{ rate = '1/s', keys = { name = ['a', 'b'] } }"));
  end();  // between two pages
  start(with("{ every = '1h', keys = { name = ['a'] } }"));
  end();  // between two rounds
}

TEST_F(Warmer, WhatDoesNotFitThePagesIsSaid) {
  open(
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[page.p]\npath = '/p/{name}/{branch}.json'\nfetch = { upstream = 'u', get = '/x' }\n"
      "warm = { keys = { nmae = ['a'], branch = ['b'] } }\n");
  std::vector<config::diagnostic> wrong;
  warmer::check(loaded.value, pages, wrong);
  ASSERT_THAT(wrong, SizeIs(2));
  EXPECT_THAT(wrong[0].message, HasSubstr("{nmae}"));
  EXPECT_EQ(wrong[0].where.line, 7u);
  EXPECT_THAT(wrong[1].message, HasSubstr("{name}"));
  warmer unchecked(ctx.get_executor(), time, loaded.value, *store, {}, {}, numbers, 1);
  EXPECT_FALSE(unchecked.creates(0)) << "such a page is left alone";
}

TEST_F(Warmer, ClassesWithoutWarmListNothing) {
  start(std::string(test::one_page));
  EXPECT_FALSE(warm->creates(0));
  EXPECT_EQ(listed("/p/a.json"), listing::not_known_yet);
}

}  // namespace
}  // namespace freshet
