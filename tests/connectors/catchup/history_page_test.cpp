#include "connectors/catchup/history_page.hpp"

#include <gmock/gmock.h>

#include "connectors/catchup/history_source.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

history_page good(std::string text) {
  auto page = history_page::parse(std::move(text));
  EXPECT_TRUE(page) << page.error().text();
  return std::move(*page);
}

std::string complaint(std::string text) {
  const auto page = history_page::parse(std::move(text));
  return page ? "none" : page.error().text();
}

TEST(HistoryPage, RawMessagesAreCutOutAsTheyStand) {
  const auto page =
      good(R"({"arguments":{"page":1,"pages":7,"raw_messages":[1]},"count":2,"pages":3,
    "total":65,"raw_messages":[ {"i":1,"msg":{"a":[{}]},"topic":"t.a"} , {"topic":"t.b"}
    ]})");
  EXPECT_THAT(page.messages(),
              ElementsAre(R"({"i":1,"msg":{"a":[{}]},"topic":"t.a"})", R"({"topic":"t.b"})"));
  EXPECT_EQ(page.rows(), 2u);
  EXPECT_EQ(page.pages(), 3u);
}

TEST(HistoryPage, TheSearchShapeIsTakenToo) {
  const auto page = good(R"({"messages":[{"body":{},"headers":{},"id":"x","priority":0,
    "queue":null,"topic":"t"}],"pages":1})");
  EXPECT_EQ(page.messages().size(), 1u);
}

TEST(HistoryPage, WhatIsNoMessageIsCountedAndLeftOut) {
  const auto page = good(R"({"raw_messages":[1,"x",null,[{"topic":"no"}],{"topic":"yes"}]})");
  EXPECT_EQ(page.rows(), 5u);
  EXPECT_THAT(page.messages(), ElementsAre(R"({"topic":"yes"})"));
  EXPECT_EQ(page.pages(), std::nullopt);
}

TEST(HistoryPage, ClaimsThatAreNoNumbersAreNoClaims) {
  EXPECT_EQ(good(R"({"pages":-1,"raw_messages":[]})").pages(), std::nullopt);
  EXPECT_EQ(good(R"({"pages":"3","raw_messages":[]})").pages(), std::nullopt);
  EXPECT_EQ(good(R"({"pages":18446744073709551615,"raw_messages":[]})").pages(),
            18446744073709551615u);
}

TEST(HistoryPage, WhatIsNoAnswerIsToldApart) {
  for (const std::string text :
       {"", "{", "[]", "17", "nonsense", R"({"raw_messages":[)", R"({"raw_messages":[{"a":1}})",
        R"({"raw_messages":{}})", R"({"raw_messages":[]}})", R"({"raw_messages":[]}{})"})
    EXPECT_NE(complaint(text), "none") << text;
  EXPECT_THAT(complaint(R"({"pages":1})"), HasSubstr("no `raw_messages`"));
  EXPECT_THAT(complaint(R"({"error":"page must be > 0","arguments":{}})"),
              HasSubstr("page must be > 0"));
  EXPECT_THAT(complaint("cb({});"), HasSubstr("not JSON"));
}

TEST(HistoryPage, EqualPagesHaveEqualMarks) {
  const std::string one = R"({"raw_messages":[{"topic":"a"},{"topic":"b"}],"pages":)";
  EXPECT_EQ(good(one + "1}").mark(), good(one + "2}").mark());
  EXPECT_NE(good(one + "1}").mark(), good(R"({"raw_messages":[{"topic":"a"}]})").mark());
}

TEST(DatagrepperQuery, IsRoundedOutwards) {
  using std::chrono::microseconds;
  history_question ask;
  ask.from = wall_time{} + microseconds{1'504'643'021'000'900};
  ask.to = wall_time{} + microseconds{1'504'643'081'500'100};
  ask.page = 3;
  EXPECT_EQ(datagrepper_query(ask),
            "?start=1504643021.000&end=1504643081.501&page=3&rows_per_page=100&order=asc");
}

}  // namespace
}  // namespace freshet
