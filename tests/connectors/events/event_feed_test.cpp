#include "connectors/upstream/events/event_feed.hpp"

#include <gtest/gtest.h>

#include "connectors/upstream/events/events_upstream.hpp"
#include "net/client/client_errc.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

feed_entry entry(std::string value, std::int64_t time, std::string document) {
  fed_event what{document, time, std::move(document)};
  return {"feed", std::move(value), 100, std::make_shared<const fed_event>(std::move(what))};
}

class EventFeed : public testing::Test {
 protected:
  asio::io_context ctx{1};
  metrics numbers;
  manual_clock time;
  event_feed feed{
      ctx.get_executor(), time, "", {}, numbers, [](std::string_view, std::exception_ptr) {
        ADD_FAILURE() << "an exception";
      }};

  asio::awaitable<void> fetch(std::string target, std::string* body, unsigned* status) {
    events_upstream upstream("feed", &feed);
    upstream_request request;
    request.target = std::move(target);
    const auto got = co_await upstream.fetch(std::move(request));
    *status = got ? got->status : status_of(got.error().code);
    *body = got ? got->body : got.error().text();
    co_await feed.close();
  }
};

TEST_F(EventFeed, AQuestionComesBehindWhatWasAddedBefore) {
  for (int i = 0; i < 100; ++i) feed.add(entry("ralph b&", i, std::to_string(i)));
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=ralph%20b%26&rows=3", &body, &status));
  EXPECT_EQ(status, 200u);
  EXPECT_EQ(body, "[99,98,97]");
}

TEST_F(EventFeed, NobodyIsNothingAndRowsMustBeSaid) {
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?rows=3", &body, &status));
  EXPECT_EQ(body, "[]");
}

TEST_F(EventFeed, AQuestionThatIsNoneIsRefused) {
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=a&rows=many", &body, &status));
  EXPECT_EQ(status, 400u);
}

TEST_F(EventFeed, WhoWaitsForTheFileHearsOnceItIsThere) {
  int heard = 0;
  feed.when_written([&] { ++heard; });
  EXPECT_EQ(heard, 1) << "nothing to wait for";
  feed.add(entry("a", 1, "1"));
  feed.when_written([&] { ++heard; });
  EXPECT_EQ(heard, 1);
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=a&rows=1", &body, &status));
  EXPECT_EQ(heard, 2);
}

TEST_F(EventFeed, AnEventOfManyValuesWaitsOnce) {
  const auto one = entry("", 1, std::string(60 << 10, 'x')).what;
  for (int i = 0; i < 1000; ++i) feed.add({"feed", std::to_string(i), 100, one});
  EXPECT_LT(feed.bytes(), 1u << 20);
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=999&rows=1", &body, &status));
  EXPECT_NE(numbers.scrape().find("freshet_feed_left_out_total 0"), std::string::npos);
  EXPECT_EQ(body.size(), (60u << 10) + 2);
  EXPECT_GT(feed.bytes(), 1000u * (60 << 10)) << "in memory the lists are all there is";
}

TEST_F(EventFeed, AnAnswerIsAsLargeAsItMayBe) {
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) feed.add(entry("a", i, large + std::to_string(i)));
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=a&rows=20", &body, &status));
  EXPECT_NE(body.find("feed: more than 16777216 bytes of events"), std::string::npos)
      << body.size();
}

TEST_F(EventFeed, WhyTheyWaitForTheirFileIsToldUntilItIsWritten) {
  event_feed stuck{ctx.get_executor(),
                   time,
                   "/no/such/folder/events",
                   {},
                   numbers,
                   [](std::string_view, std::exception_ptr) { ADD_FAILURE() << "an exception"; }};
  bool heard = false;
  EXPECT_EQ(stuck.trouble(), "");
  stuck.add(entry("a", 1, "1"));
  stuck.when_written([&] { heard = true; });
  while (stuck.trouble().empty()) ctx.run_one();
  EXPECT_EQ(stuck.trouble(), "unusable");
  EXPECT_FALSE(heard);
  test::run(ctx, stuck.close());
  test::run(ctx, feed.close());
}

TEST_F(EventFeed, WhatWaitsIsBounded) {
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) feed.add(entry("a", i, large + std::to_string(i)));
  std::string body;
  unsigned status = 0;
  test::run(ctx, fetch("/newest?of=a&rows=1", &body, &status));
  EXPECT_NE(numbers.scrape().find("freshet_feed_left_out_total 9"), std::string::npos);
}

}  // namespace
}  // namespace freshet
