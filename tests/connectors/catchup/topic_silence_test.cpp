#include "connectors/catchup/topic_silence.hpp"

#include <gmock/gmock.h>

#include "core/config/load.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class TopicSilence : public testing::Test {
 protected:
  std::vector<std::string> due() {
    std::vector<std::string> out;
    for (const auto& quiet : watch.due(now)) out.emplace_back(quiet.pattern);
    return out;
  }
  config::bus_settings bus = config::parse(R"([bus.b]
kind = "zmq"
connect = "tcp://127.0.0.1:1"
expect_every = { "#" = "1m", "a.*" = "10m" }
)")
                                 .value.buses[0];
  mono_time now{1h};
  topic_silence watch{bus, now};
};

TEST_F(TopicSilence, TheWholeBusAndEachPatternHaveTheirOwnTime) {
  now += 1min;
  EXPECT_THAT(due(), IsEmpty()) << "not longer than";
  now += 1ns;
  EXPECT_THAT(due(), ElementsAre(""));
  EXPECT_THAT(watch.heard("b.c", now), testing::SizeIs(1)) << "it speaks again";
  now += 9min;
  EXPECT_THAT(due(), ElementsAre("", "a.*"));
  watch.heard("a.b", now);
  EXPECT_THAT(watch.silent(now), IsEmpty());
}

TEST_F(TopicSilence, ALoudBusDoesNotHideAQuietTopic) {
  for (int i = 0; i < 11; ++i) {
    watch.heard("b.c", now);
    now += 1min;
  }
  EXPECT_THAT(due(), ElementsAre("a.*"));
  const auto again = watch.heard("a.x", now);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].pattern, "a.*");
  EXPECT_EQ(again[0].for_now, 11min);
}

TEST_F(TopicSilence, ItIsToldAgainEverLater) {
  std::vector<std::chrono::nanoseconds> told;
  const auto start = now;
  for (int i = 0; i < 20'000; ++i) {
    watch.heard("a.b", now);
    for (const auto& quiet : watch.due(now))
      if (quiet.pattern.empty()) told.push_back(now - start);
    now += 1s;
  }
  EXPECT_THAT(told, IsEmpty()) << "a.b is of the bus, too";
}

TEST_F(TopicSilence, ALastingSilenceIsToldMoreAndMoreRarely) {
  std::vector<int> minutes;
  for (int i = 1; i <= 4 * 60 * 60; ++i) {
    now += 1s;
    for (const auto& quiet : watch.due(now))
      if (quiet.pattern.empty()) minutes.push_back(i / 60);
  }
  EXPECT_THAT(minutes, ElementsAre(1, 2, 4, 8, 16, 32, 65, 125, 185));
}

}  // namespace
}  // namespace freshet
