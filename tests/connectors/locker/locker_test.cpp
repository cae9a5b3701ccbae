#include "connectors/locker/locker.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

locked_event event(std::string why, std::string detail = "") {
  locked_event one;
  one.bus = "fedmsg";
  one.topic = "a.b";
  one.why = std::move(why);
  one.detail = std::move(detail);
  one.at = wall_time{} + std::chrono::hours{1};
  return one;
}

/// What was kept and what is gone, as numbers.
struct notebook final : locker_keeper {
  void kept(const locked_event& one) override { lines.push_back("+" + std::to_string(one.number)); }
  void gone(std::uint64_t number) override { lines.push_back("-" + std::to_string(number)); }
  std::vector<std::string> lines;
};

TEST(Locker, KeepsWhatCameAndCountsIt) {
  metrics m;
  locker all(m);
  all.put(event("malformed"), "{");
  ASSERT_EQ(all.size(), 1u);
  const auto* kept = all.find(1);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->bytes, "{");
  EXPECT_TRUE(kept->whole());
  EXPECT_THAT(m.scrape(),
              HasSubstr("freshet_locker_events_total{bus=\"fedmsg\",why=\"malformed\"} 1"));
  EXPECT_THAT(m.scrape(), HasSubstr("freshet_locker_events 1"));
}

TEST(Locker, TheSameMessageAgainIsCounted) {
  metrics m;
  locker all(m);
  for (int i = 0; i < 3; ++i) all.put(event("malformed"), "{");
  all.put(event("rule"), "{");  // another reason
  EXPECT_THAT(all.numbers(), ElementsAre(1, 2));
  EXPECT_EQ(all.find(1)->times, 3u);
}

TEST(Locker, WhatIsTooLongIsCutAndCannotBeTakenAgain) {
  metrics m;
  locker all(m, {.events = 10, .bytes = 1000, .event_bytes = 4});
  all.put(event("malformed"), "12345");
  EXPECT_EQ(all.find(1)->bytes, "1234");
  EXPECT_EQ(all.find(1)->size, 5u);
  EXPECT_FALSE(all.find(1)->whole());
  auto nothing = event("too_large");
  nothing.size = 1 << 30;
  all.put(nothing, "");
  EXPECT_FALSE(all.find(2)->whole());
}

TEST(Locker, ABrokenRuleDoesNotPushOutTheRest) {
  metrics m;
  locker all(m, {.events = 4, .bytes = 1 << 20, .event_bytes = 100});
  all.put(event("malformed"), "{");
  for (int i = 0; i < 100; ++i) all.put(event("rule", "p.on[0]"), std::to_string(i));
  EXPECT_THAT(all.numbers(), ElementsAre(1, 99, 100, 101));
  EXPECT_THAT(m.scrape(), HasSubstr("freshet_locker_pushed_out_total 97"));
}

TEST(Locker, BytesAreBounded) {
  metrics m;
  locker all(m, {.events = 1000, .bytes = 16'000, .event_bytes = 4096});
  for (int i = 0; i < 100; ++i)
    all.put(event("malformed"), std::to_string(i) + std::string(4000, 'x'));
  EXPECT_LE(all.bytes(), 16'000u);
  EXPECT_GE(all.size(), 2u);
  for (const auto number : all.numbers()) EXPECT_TRUE(all.drop(number));
  EXPECT_EQ(all.bytes(), 0u);
  EXPECT_EQ(all.size(), 0u);
}

TEST(Locker, WhatIsTakenAndChokesAgainKeepsItsNumber) {
  metrics m;
  locker all(m);
  all.put(event("malformed"), "{");
  all.put(event("rule"), "{}");
  auto one = all.take(1);
  ASSERT_TRUE(one);
  EXPECT_EQ(all.size(), 1u);
  all.again(std::move(*one));
  EXPECT_THAT(all.numbers(), ElementsAre(1, 2));
  EXPECT_EQ(all.find(1)->tries, 1u);
  EXPECT_FALSE(all.take(7));
}

TEST(Locker, AKeeperIsToldOfEverythingAndGivesItBack) {
  metrics m;
  notebook told;
  {
    locker all(m, {.events = 2, .bytes = 1 << 20, .event_bytes = 100}, &told);
    for (const auto* text : {"1", "2", "3"}) all.put(event("malformed"), text);
    all.put(event("malformed"), "3");
    all.drop(2);
  }
  EXPECT_THAT(told.lines, ElementsAre("+1", "+2", "+3", "-1", "+3", "-2"));
  metrics other;
  notebook silent;
  locker after(other, {}, &silent);
  auto left = event("malformed");
  left.number = 3;
  left.bytes = "3";
  left.size = 1;
  after.restore({left});
  EXPECT_TRUE(silent.lines.empty());
  after.put(event("malformed"), "4");
  EXPECT_THAT(after.numbers(), ElementsAre(3, 4));
}

}  // namespace
}  // namespace freshet
