#include "connectors/catchup/sequence_watch.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <random>

#include "connectors/bus/fedmsg/message_decoder.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

class SequenceWatch : public testing::Test {
 protected:
  void say(std::uint64_t i, bool again = false, std::string_view user = "bodhi",
           std::string_view topic = "org.fedoraproject.prod.bodhi.update.comment") {
    const auto body =
        "{\"i\":" + std::to_string(i) + ",\"username\":\"" + std::string(user) + "\",\"msg\":{}}";
    const auto got = decoder_.decode_frames(topic, body);
    ASSERT_TRUE(got);
    watch.heard(got.value, now, again);
  }
  void say_all(std::uint64_t first, std::uint64_t last) {
    for (auto i = first; i <= last; ++i) say(i);
  }
  /// "first-last" of all holes, after the patience.
  std::vector<std::string> holes() {
    now += sequence_watch::patience;
    std::vector<std::string> out;
    for (const auto& hole : watch.due(now))
      out.push_back(std::to_string(hole.first) + "-" + std::to_string(hole.last));
    return out;
  }
  sequence_watch watch;
  mono_time now{1h};

 private:
  message_decoder decoder_{"fedmsg", 1u << 20};
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SequenceWatch, ANumberThatDoesNotComeIsAHole) {
  say_all(100, 110);
  const auto last = now;
  now += 1s;
  say_all(113, 115);
  EXPECT_THAT(watch.due(now), IsEmpty()) << "it may still come";
  now += sequence_watch::patience;
  const auto found = watch.due(now);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].first, 111u);
  EXPECT_EQ(found[0].last, 112u);
  EXPECT_EQ(found[0].since, last);
  EXPECT_EQ(found[0].publisher, "org.fedoraproject.prod.bodhi (bodhi)");
  EXPECT_THAT(holes(), IsEmpty()) << "told once";
}

TEST_F(SequenceWatch, NumbersThatComeLateCloseTheirHole) {
  say_all(1, 10);
  say(15);
  say(12);
  say(14);
  say(11);
  say(13);
  say(16);
  EXPECT_THAT(holes(), IsEmpty());
  say(19);
  say(17, true);
  EXPECT_THAT(holes(), ElementsAre("18-18")) << "a history may close a hole";
}

TEST_F(SequenceWatch, ARestartIsNoHole) {
  say_all(500, 510);
  say_all(1, 20);
  EXPECT_THAT(holes(), IsEmpty());
}

TEST_F(SequenceWatch, SeveralThreadsOfOnePublisherAreToldApart) {
  for (std::uint64_t n = 0; n < 50; ++n) {
    say(40 + n);
    say(700 + n);
    say(9000 + n);
  }
  EXPECT_THAT(holes(), IsEmpty());
  EXPECT_EQ(watch.publishers(), 1u);
}

TEST_F(SequenceWatch, ACountThatIsNotTrustedYetMayJump) {
  say(7);
  say(9);
  say(12);
  EXPECT_THAT(holes(), IsEmpty());
}

TEST_F(SequenceWatch, WhatCameBeforeOutOfAHistoryIsNoJump) {
  say_all(1, 10);
  for (std::uint64_t i = 11; i <= 20; ++i) say(i, true);
  say_all(21, 25);
  EXPECT_THAT(holes(), IsEmpty());
  for (std::uint64_t i = 1; i <= 25; ++i) say(i, true);  // a second gateway, late
  say_all(26, 30);
  EXPECT_THAT(holes(), IsEmpty());
}

TEST_F(SequenceWatch, PublishersAreTheirOwn) {
  say_all(1, 10);
  for (std::uint64_t i = 1; i <= 10; ++i) say(i, false, "koji");
  say(12);
  say(11, false, "koji");
  say(11, false, "bodhi", "org.fedoraproject.prod.koji.x");
  EXPECT_THAT(holes(), ElementsAre("11-11"));
  EXPECT_EQ(watch.publishers(), 3u);
}

TEST_F(SequenceWatch, WhoseNumbersAlwaysJumpIsJudgedNoMore) {
  // We subscribed to every third of its topics.
  say_all(1, 5);
  std::size_t told = 0;
  for (std::uint64_t n = 0; n < 100; ++n) {
    say(8 + 3 * n);
    told += holes().size();
  }
  EXPECT_LE(told, 3u);
  EXPECT_EQ(watch.unjudged(), 1u);
}

TEST_F(SequenceWatch, RareLossesAreSeenForEver) {
  std::size_t told = 0;
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    if (i % 100 != 0) say(i);
    if (i % 100 == 2) told += holes().size();
  }
  EXPECT_EQ(told, 19u);
  EXPECT_EQ(watch.unjudged(), 0u);
}

TEST_F(SequenceWatch, MessagesWithoutANumberAreNotLookedAt) {
  message_decoder decoder("b", 1024);
  for (const std::string body :
       {R"({"msg":{}})", R"({"i":null})", R"({"i":"3"})", R"({"i":-1})", R"({"i":1.5})"}) {
    const auto got = decoder.decode_frames("a.b", body);
    ASSERT_TRUE(got);
    watch.heard(got.value, now);
  }
  EXPECT_EQ(watch.publishers(), 0u);
}

TEST_F(SequenceWatch, PublishersAreBounded) {
  for (std::size_t n = 0; n < sequence_watch::publishers_max + 100; ++n)
    say(1, false, "user" + std::to_string(n));
  EXPECT_EQ(watch.publishers(), sequence_watch::publishers_max);
}

TEST_F(SequenceWatch, AfterForgettingNoJumpIsAHole) {
  say_all(1, 10);
  say(12);
  watch.forget_counts();
  say_all(20, 30);
  EXPECT_THAT(holes(), IsEmpty());
}

/// Any order within the patience, doubled at will: exactly what was left out is told.
TEST_F(SequenceWatch, ExactlyTheLostOnesAreTold) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    watch = {};
    say_all(1, 10);
    std::vector<std::uint64_t> numbers(200);
    std::iota(numbers.begin(), numbers.end(), 11);
    std::vector<std::string> lost;
    for (auto i = numbers.begin() + 20; i < numbers.end() - 20;) {
      if (random() % 60 != 0) {
        ++i;
        continue;
      }
      lost.push_back(std::to_string(*i) + "-" + std::to_string(*i));
      i = numbers.erase(i) + 2;
    }
    if (lost.size() > 3) continue;  // jumps that often are not judged
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      say(numbers[n]);
      if (random() % 3 == 0) say(numbers[n - random() % std::min<std::size_t>(n + 1, 9)], true);
    }
    auto found = holes();
    std::sort(found.begin(), found.end());
    std::sort(lost.begin(), lost.end());
    EXPECT_EQ(found, lost) << seed;
  }
}

}  // namespace
}  // namespace freshet
