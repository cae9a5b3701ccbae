#include "app/client/event_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::app {

inline void PrintTo(const stream_event& e, std::ostream* os) {
  *os << "{" << e.id << "|" << e.name << "|" << e.data << "}";
}

namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<stream_event> events_of(event_stream& stream, std::string_view bytes) {
  std::vector<stream_event> out;
  EXPECT_TRUE(stream.feed(bytes, [&](stream_event e) { out.push_back(std::move(e)); }));
  return out;
}

std::vector<stream_event> events_of(std::string_view bytes) {
  event_stream stream;
  return events_of(stream, bytes);
}

TEST(EventStream, ReadsTheFields) {
  EXPECT_THAT(events_of("id: 1-7\nevent: reload\ndata: {\"@id\":\"/x\"}\n\n"),
              ElementsAre(stream_event{"1-7", "reload", "{\"@id\":\"/x\"}"}));
}

TEST(EventStream, TheStandardsExamples) {
  EXPECT_THAT(events_of("data: YHOO\ndata: +2\ndata: 10\n\n"),
              ElementsAre(stream_event{"", "message", "YHOO\n+2\n10"}));
  EXPECT_THAT(events_of(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                        "data:  third event\n\n"),
              ElementsAre(stream_event{"1", "message", "first event"},
                          stream_event{"", "message", "second event"},
                          stream_event{"", "message", " third event"}));
  EXPECT_THAT(events_of("data\n\ndata\ndata\n\ndata:"),
              ElementsAre(stream_event{"", "message", ""}, stream_event{"", "message", "\n"}));
}

TEST(EventStream, LinesEndInThreeWays) {
  const std::vector<stream_event> expected{{"", "a", "1"}, {"", "message", "2"}};
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const auto bytes = "event:a" + end + "data:1" + end + end + "data:2" + end + end;
    EXPECT_EQ(events_of(bytes), expected);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      event_stream stream;
      auto got = events_of(stream, std::string_view(bytes).substr(0, cut));
      for (auto& e : events_of(stream, std::string_view(bytes).substr(cut))) got.push_back(e);
      EXPECT_EQ(got, expected) << "cut at " << cut;
    }
  }
}

TEST(EventStream, ABomIsPassedOverOnceAndEvenInPieces) {
  EXPECT_THAT(events_of("\xef\xbb\xbf"
                        "data:1\n\n"),
              ElementsAre(stream_event{"", "message", "1"}));
  EXPECT_THAT(events_of("data:1\n\xef\xbb\xbf"
                        "data:2\n\n"),
              ElementsAre(stream_event{"", "message", "1"}));
  event_stream stream;
  EXPECT_THAT(events_of(stream, "\xef\xbb"), IsEmpty());
  EXPECT_THAT(events_of(stream,
                        "\xbf"
                        "data:1\n\n"),
              ElementsAre(stream_event{"", "message", "1"}));
}

TEST(EventStream, AnIdCountsWhenItsBlockEnds) {
  event_stream stream;
  events_of(stream, ": still here\nid: 1-9\n");
  EXPECT_EQ(stream.last_id(), "");
  EXPECT_THAT(events_of(stream, "\n"), IsEmpty());  // a heartbeat: no data, no event
  EXPECT_EQ(stream.last_id(), "1-9");
  events_of(stream, std::string_view("id: a\0b\n\n", 9));
  EXPECT_EQ(stream.last_id(), "1-9");
  events_of(stream, "id\n\n");
  EXPECT_EQ(stream.last_id(), "");
}

TEST(EventStream, ANewConnectionForgetsWhatWasCut) {
  event_stream stream;
  events_of(stream, "retry: 250\nid: 5\ndata: whole\n\nid: 6\nevent: x\ndata: ha");
  stream.restart();
  EXPECT_EQ(stream.last_id(), "5");
  EXPECT_EQ(stream.retry(), milliseconds(250));
  EXPECT_THAT(events_of(stream, "data: next\n\n"),
              ElementsAre(stream_event{"5", "message", "next"}));
}

TEST(EventStream, RetryIsDigitsOnlyAndBounded) {
  event_stream stream;
  events_of(stream, "retry: 1.5\nretry: -1\nretry:\nretry: 5s\n");
  EXPECT_EQ(stream.retry(), std::nullopt);
  events_of(stream, "retry: 3000\n");
  EXPECT_EQ(stream.retry(), milliseconds(3000));
  events_of(stream, "retry: 99999999999999999999999\n");
  EXPECT_EQ(stream.retry(), milliseconds(24 * 3600 * 1000));
}

TEST(EventStream, UnknownFieldsAndCommentsSayNothing) {
  EXPECT_THAT(events_of("foo: bar\n:data: no\n Data: no\nDATA: no\n\n"), IsEmpty());
}

TEST(EventStream, IsBounded) {
  const auto nothing = [](stream_event) {};
  event_stream line(100);
  EXPECT_TRUE(line.feed(std::string(100, 'x'), nothing));
  EXPECT_FALSE(line.feed("x", nothing));
  event_stream data(100);
  bool good = true;
  for (int i = 0; i < 20 && good; ++i) good = data.feed("data: 0123456789\n", nothing);
  EXPECT_FALSE(good);
}

}  // namespace
}  // namespace freshet::app
