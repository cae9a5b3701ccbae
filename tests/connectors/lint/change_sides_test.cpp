#include "connectors/lint/change_sides.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Each pair as `pointer=values pointer=values`.
std::vector<std::string> sides(const std::string& text) {
  simdjson::dom::parser parser;
  const auto message = parser.parse(text).value();
  std::vector<std::string> out;
  const auto join = [](const std::vector<std::string>& values) {
    std::string all;
    for (const auto& value : values) all += (all.empty() ? "" : ",") + value;
    return all;
  };
  for (const auto& pair : change_sides::of(message, "/msg", text))
    out.push_back(pair.old_at + "=" + join(pair.old_values) + " " + pair.new_at + "=" +
                  join(pair.new_values));
  return out;
}

TEST(ChangeSides, BugzillaListsWhatWasRemovedAndAdded) {
  EXPECT_THAT(sides(R"({"event":{"changes":[
      {"field":"component","removed":"selinux-policy","added":"pcp"},
      {"field":"cc","removed":"","added":"someone"}]}})"),
              ElementsAre("/msg/event/changes/*/removed=selinux-policy "
                          "/msg/event/changes/*/added=pcp"));
}

TEST(ChangeSides, KojiSaysOldAndNewInNumbers) {
  EXPECT_THAT(sides(R"({"old":3,"new":0,"name":"guake"})"), ElementsAre("/msg/old=3 /msg/new=0"));
}

TEST(ChangeSides, NamesMayHaveAPrefixOrASuffix) {
  EXPECT_THAT(
      sides(R"({"old_tag":"a","new_tag":"b","status_before":"x","status_after":"y"})"),
      ElementsAre("/msg/old_tag=a /msg/new_tag=b", "/msg/status_before=x /msg/status_after=y"));
}

TEST(ChangeSides, OneSideAloneIsNoPair) {
  EXPECT_THAT(sides(R"({"old":"a","older":"b","new":null,"bold":"c","olden_new":1})"), IsEmpty());
}

TEST(ChangeSides, WhatItLooksAtIsBounded) {
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += R"({"old":"a","new":"b"},)";
  many.back() = ']';
  EXPECT_THAT(sides(many), SizeIs(change_sides::pairs_max));
}

}  // namespace
}  // namespace freshet
