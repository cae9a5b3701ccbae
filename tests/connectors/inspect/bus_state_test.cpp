#include "connectors/inspect/bus_state.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr wall_time now{1'700'000'000s};

class BusState : public testing::Test {
 protected:
  BusState() {
    is.flow.name = "fedmsg";
    is.flow.kind = "zmq";
    is.flow.up = true;
  }
  std::string json() {
    std::string out;
    json::writer w(out);
    write_bus(w, is);
    return out.substr(out.find("\"silent_topics\""));
  }
  bus_state is;
};

TEST_F(BusState, ABusThatDoesWellHasNoTroubles) {
  EXPECT_THAT(troubles_of(is, now), IsEmpty());
  EXPECT_EQ(json(), R"("silent_topics":[],"gap":null,"catch_up":null,"lost":null,"unverified":0,)"
                    R"("unjudged_publishers":0})");
}

TEST_F(BusState, CatchingUpTellsHowFarItIs) {
  is.stream.open = {gap_cause::reconnect, now - 1h};
  EXPECT_THAT(troubles_of(is, now),
              ElementsAre("bus fedmsg: what came since 1h ago is being looked for (reconnect)"));
  is.stream.catching_up = {now - 1h, now, now - 45min, 1200, 7, 12, 0, ""};
  EXPECT_THAT(troubles_of(is, now),
              ElementsAre("bus fedmsg: catching up on 1h, 25 %, 1200 messages, 7 of them missed"));
  EXPECT_EQ(json(), R"("silent_topics":[],"gap":{"why":"reconnect","since":)"
                    R"("2023-11-14T21:13:20.000Z"},"catch_up":{"from":"2023-11-14T21:13:20.000Z",)"
                    R"("to":"2023-11-14T22:13:20.000Z","reached":"2023-11-14T21:28:20.000Z",)"
                    R"("messages":1200,"missed":7,"requests":12,"failures":0,"error":null},)"
                    R"("lost":null,"unverified":0,"unjudged_publishers":0})");
}

TEST_F(BusState, AHistoryThatFailsIsTold) {
  is.stream.open = {gap_cause::start, now - 2min};
  is.stream.catching_up = {now - 2min, now, now - 2min, 0, 0, 0, 4, "status 500"};
  EXPECT_THAT(troubles_of(is, now),
              ElementsAre("bus fedmsg: what came since 2m ago is not known: its history fails 4 "
                          "times: status 500"));
}

TEST_F(BusState, WhatWasLostIsToldAsLongAsPagesAreInDoubt) {
  is.stream.lost = {gap_cause::silence, now - 5min};
  is.stream.lost_for = "the bus has no `catch_up`";
  EXPECT_THAT(troubles_of(is, now), IsEmpty()) << "all pages were built again";
  is.unverified = 12;
  EXPECT_THAT(troubles_of(is, now),
              ElementsAre("bus fedmsg: 12 pages unverified: messages since 5m ago may not have "
                          "come (silence): the bus has no `catch_up`"));
  EXPECT_EQ(json(), R"("silent_topics":[],"gap":null,"catch_up":null,"lost":{"why":"silence",)"
                    R"("since":"2023-11-14T22:08:20.000Z"},"unverified":12,)"
                    R"("unjudged_publishers":0})");
}

TEST_F(BusState, QuietTopicsAreNamed) {
  is.flow.silent_since = now - 3min;
  is.flow.silent_for = 3min;
  is.stream.quiet = {{"", 3min}, {"org.*.build", 20min}};
  EXPECT_THAT(troubles_of(is, now), ElementsAre("bus fedmsg: silent for 3m",
                                                "bus fedmsg: topics org.*.build silent for 20m"));
}

}  // namespace
}  // namespace freshet
