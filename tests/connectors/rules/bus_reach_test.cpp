#include "connectors/rules/bus_reach.hpp"

#include <gmock/gmock.h>

#include "core/config/load.hpp"

namespace freshet {
namespace {

using testing::ElementsAre;

bool may(std::string_view pattern, std::string_view prefix) {
  return may_match(*topic_pattern::parse(pattern), prefix);
}

TEST(MayMatch, OnlyWhatStandsBeforeTheFirstWildcardContradicts) {
  EXPECT_TRUE(may("#", "org.a."));
  EXPECT_TRUE(may("org.*.build", "org.fedora."));
  EXPECT_TRUE(may("org.a.b", "org."));
  EXPECT_TRUE(may("org.a.b", "org.a.b"));
  EXPECT_TRUE(may("org.a.#", "org.a.b.c"));
  EXPECT_FALSE(may("org.a.b", "org.a.b.c"));
  EXPECT_FALSE(may("org.*.build", "io."));
  EXPECT_FALSE(may("org.a.#", "org.ab"));
}

TEST(BusReach, FollowsRulesAndTheTagsThatTheyAskFor) {
  const auto loaded = config::parse(R"(
[bus.builds]
kind = "zmq"
connect = "tcp://127.0.0.1:1"
topics = ["org.build."]
[bus.all]
kind = "zmq"
connect = "tcp://127.0.0.1:2"
[bus.silent]
kind = "demo"
[upstream.u]
kind = "http"
url = "http://127.0.0.1:3"
[[tag]]
topic = "org.build.done"
bus = ["builds", "all"]
set = { package = "/msg/name" }
[[tag]]
topic = "org.bug.new"
bus = "all"
set = { bug = "/msg/id" }
[page.by_package]
path = "/a/{package}"
fetch = { upstream = "u", get = "/{package}" }
on = { topic = "org.#", by = "package" }
[page.by_bug]
path = "/b/{bug}"
fetch = { upstream = "u", get = "/{bug}" }
on = { topic = "org.#", by = "bug" }
[page.named]
path = "/c/{x}"
fetch = { upstream = "u", get = "/{x}" }
on = { topic = "org.bug.new", bus = "all", set = { x = "/msg/x" } }
[page.timer]
path = "/d"
every = "1m"
fetch = { upstream = "u", get = "/d" }
)");
  for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
  EXPECT_THAT(reach_of_bus(loaded.value, 0), ElementsAre(true, false, false, false));
  EXPECT_THAT(reach_of_bus(loaded.value, 1), ElementsAre(true, true, true, false));
  EXPECT_THAT(reach_of_bus(loaded.value, 2), ElementsAre(false, false, false, false));
}

}  // namespace
}  // namespace freshet
