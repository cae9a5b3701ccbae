#include "core/select/page_floor.hpp"

#include <gtest/gtest.h>

#include <random>

namespace freshet {
namespace {

json::pointer at(std::string_view text) { return *json::pointer::parse(text); }

std::shared_ptr<const floor_rule> has(std::string_view where,
                                      std::vector<std::pair<std::string, std::string>> values) {
  auto rule = std::make_shared<floor_rule>();
  rule->at = at(where);
  for (const auto& [inside, from] : values) rule->has.emplace_back(at(inside), at(from));
  return rule;
}

std::shared_ptr<const floor_rule> compares(std::string_view event, std::string_view page) {
  auto rule = std::make_shared<floor_rule>();
  rule->event = at(event);
  rule->page = at(page);
  return rule;
}

/// What an event with this `msg` asks for.
floor_ptr floor_of(std::shared_ptr<const floor_rule> rule, std::string_view msg) {
  simdjson::dom::parser parser;
  event e{};
  e.msg = parser.parse(msg.data(), msg.size()).value();
  e.bytes = msg;
  return page_floor::of_event(std::move(rule), e, nullptr);
}

bool shows(const floor_ptr& floor, std::string_view page) {
  simdjson::dom::parser parser;
  return floor->shown_by(parser.parse(page.data(), page.size()).value(), page);
}

TEST(PageFloor, OneElementHasAllValues) {
  const auto floor = floor_of(has("/builds", {{"/id", "/msg/build_id"}, {"/state", "/msg/new"}}),
                              R"({"build_id":42,"new":1})");
  ASSERT_TRUE(floor);
  EXPECT_TRUE(shows(floor, R"({"builds":[{"id":7,"state":0},{"id":42,"state":1}]})"));
  EXPECT_FALSE(shows(floor, R"({"builds":[{"id":42,"state":0},{"id":7,"state":1}]})"))
      << "not one of two elements each";
  EXPECT_FALSE(shows(floor, R"({"builds":[]})"));
  EXPECT_FALSE(shows(floor, R"({"other":[{"id":42,"state":1}]})"));
  EXPECT_FALSE(shows(floor, R"([])"));
  EXPECT_TRUE(shows(floor, R"({"builds":{"id":42,"state":1}})")) << "no array: the value itself";
  EXPECT_TRUE(shows(floor, R"({"builds":[{"id":"42","state":1}]})")) << "one says it as a text";
}

TEST(PageFloor, TwoVersionsAreNotOneNumber) {
  const auto floor =
      floor_of(has("/builds", {{"/version", "/msg/version"}}), R"({"version":"1.10"})");
  EXPECT_FALSE(shows(floor, R"({"builds":[{"version":"1.1"}]})"));
  EXPECT_FALSE(shows(floor, R"({"builds":[{"version":1.1}]})"));
  EXPECT_TRUE(shows(floor, R"({"builds":[{"version":"1.1"},{"version":"1.10"}]})"));
}

TEST(PageFloor, AStarIsAnyElement) {
  const auto floor =
      floor_of(has("/repos/*/builds", {{"/tags/*/name", "/msg/tag"}}), R"({"tag":"f41"})");
  EXPECT_TRUE(shows(floor, R"({"repos":[{"builds":[]},{"builds":[{"tags":[{"name":"f40"},
                              {"name":"f41"}]}]}]})"));
  EXPECT_FALSE(shows(floor, R"({"repos":[{"builds":[{"tags":[{"name":"f40"}]}]}]})"));
}

TEST(PageFloor, NumbersAreReachedTextsAreTheSame) {
  const auto seq = floor_of(compares("/msg/seq", "/seq"), R"({"seq":17})");
  EXPECT_TRUE(shows(seq, R"({"seq":17})"));
  EXPECT_TRUE(shows(seq, R"({"seq":1e3})"));
  EXPECT_TRUE(shows(seq, R"({"seq":"18"})"));
  EXPECT_FALSE(shows(seq, R"({"seq":16.9})"));
  EXPECT_FALSE(shows(seq, R"({"seq":null})"));
  EXPECT_FALSE(shows(seq, R"({"seq":"later"})"));
  const auto word = floor_of(compares("/msg/rev", "/rev"), R"({"rev":"b"})");
  EXPECT_TRUE(shows(word, R"({"rev":"b"})"));
  EXPECT_FALSE(shows(word, R"({"rev":"c"})"));
  const auto large = floor_of(compares("/msg/seq", "/seq"), R"({"seq":9007199254740993})");
  EXPECT_FALSE(shows(large, R"({"seq":9007199254740992})")) << "not as doubles";
  const auto any = floor_of(compares("/msg/seq", "/rows/*/seq"), R"({"seq":5})");
  EXPECT_TRUE(shows(any, R"({"rows":[{"seq":3},{"seq":6}]})"));
}

TEST(PageFloor, AnEventWithoutTheValueAsksForNothing) {
  const auto rule = has("/builds", {{"/id", "/msg/build_id"}});
  EXPECT_FALSE(floor_of(rule, R"({})"));
  EXPECT_FALSE(floor_of(rule, R"({"build_id":null})"));
  EXPECT_FALSE(floor_of(rule, R"({"build_id":{}})"));
  EXPECT_FALSE(floor_of(rule, R"({"build_id":""})"));
  EXPECT_FALSE(floor_of(rule, "{\"build_id\":\"" + std::string(300, 'x') + "\"}"));
}

TEST(PageFloor, TheLargerNumberStaysElseTheNewerComes) {
  const auto rule = compares("/msg/seq", "/seq");
  const auto low = floor_of(rule, R"({"seq":9})"), high = floor_of(rule, R"({"seq":10})");
  EXPECT_TRUE(high->outranks(*low));
  EXPECT_FALSE(low->outranks(*high));
  EXPECT_FALSE(high->outranks(*high));
  const auto built = floor_of(has("/b", {{"/id", "/msg/id"}}), R"({"id":99})");
  EXPECT_FALSE(built->outranks(*low));
  EXPECT_FALSE(high->outranks(*built));
  const auto elsewhere = floor_of(compares("/msg/seq", "/other"), R"({"seq":1})");
  EXPECT_FALSE(high->outranks(*elsewhere)) << "another number of the page";
}

TEST(PageFloor, ReadsWell) {
  EXPECT_EQ(floor_of(compares("/msg/seq", "/seq"), R"({"seq":17})")->text(), "/seq >= 17");
  EXPECT_EQ(floor_of(compares("/msg/rev", "/rev"), R"({"rev":"b"})")->text(), "/rev = b");
  EXPECT_EQ(
      floor_of(has("/b", {{"/id", "/msg/id"}, {"/s", "/msg/s"}}), R"({"id":4,"s":"x"})")->text(),
      "/b has id=4 s=x");
}

/// Against a model: the number of an event is reached by exactly the numbers that are not smaller.
TEST(PageFloor, ReachesAsNumbersDo) {
  std::mt19937_64 random(7);
  const auto rule = compares("/msg/seq", "/seq");
  for (int i = 0; i < 2000; ++i) {
    const auto spread = std::int64_t{1} << (random() % 62);
    std::uniform_int_distribution<std::int64_t> pick(-spread, spread);
    const auto wanted = pick(random);
    const auto shown = random() % 4 == 0 ? wanted : pick(random);
    const auto floor = floor_of(rule, "{\"seq\":" + std::to_string(wanted) + "}");
    EXPECT_EQ(shows(floor, "{\"seq\":" + std::to_string(shown) + "}"), shown >= wanted)
        << shown << " for " << wanted;
  }
}

TEST(PageFloor, IsTheSameInAnotherRun) {
  const auto elements = floor_of(has("/builds", {{"/id", "/msg/build_id"}, {"/a~1b", "/msg/new"}}),
                                 R"({"build_id":42,"new":"\u00e9\""})");
  const auto numbers = floor_of(compares("/msg/seq", "/seq"), R"({"seq":17})");
  for (const auto& floor : {elements, numbers}) {
    const auto again = page_floor::of_saved(floor->saved());
    ASSERT_TRUE(again) << floor->saved();
    EXPECT_EQ(again->text(), floor->text());
    EXPECT_EQ(again->saved(), floor->saved());
  }
  const auto again = page_floor::of_saved(elements->saved());
  EXPECT_TRUE(shows(again, R"({"builds":[{"id":42,"a/b":"\u00e9\""}]})"));
  EXPECT_FALSE(shows(again, R"({"builds":[{"id":42,"a/b":"e"}]})"));
  EXPECT_TRUE(page_floor::of_saved(numbers->saved())
                  ->outranks(*floor_of(compares("/msg/seq", "/seq"), R"({"seq":16})")));
  for (const auto* damaged : {"", "[]", "{}", R"(["/seq"])", R"(["seq","17"])", R"(["/seq",17])",
                              R"(["/a","/b","1","/c"])", R"(["/a","b","1"])", R"(["/seq","17")"})
    EXPECT_FALSE(page_floor::of_saved(damaged)) << damaged;
}

}  // namespace
}  // namespace freshet
