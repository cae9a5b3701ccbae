#include "connectors/lint/refresh_cost.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

wall_time at(std::chrono::milliseconds since) { return wall_time{} + 1000h + since; }

rule_hit page(std::string name) {
  rule_hit hit;
  hit.bound = 1;
  hit.values.push_back(std::move(name));
  return hit;
}

TEST(RefreshCost, EventsBeforeTheRefreshIsDueCostNothing) {
  refresh_cost cost;
  rule_terms terms;
  terms.coalesce = 1s;
  EXPECT_TRUE(cost.begins(page("a"), terms, at(0ms)));
  EXPECT_FALSE(cost.begins(page("a"), terms, at(900ms)));
  EXPECT_TRUE(cost.begins(page("b"), terms, at(900ms)));
  // It starts one second after the first: later events do not put it off.
  EXPECT_TRUE(cost.begins(page("a"), terms, at(1100ms)));
}

TEST(RefreshCost, WithoutCoalesceEachEventCosts) {
  refresh_cost cost;
  EXPECT_TRUE(cost.begins(page("a"), {}, at(0ms)));
  EXPECT_TRUE(cost.begins(page("a"), {}, at(0ms)));
}

TEST(RefreshCost, ARecordingThatStepsBackHidesNothing) {
  refresh_cost cost;
  rule_terms terms;
  terms.coalesce = 1s;
  EXPECT_TRUE(cost.begins(page("a"), terms, at(60s)));
  EXPECT_TRUE(cost.begins(page("a"), terms, at(0ms)));
}

TEST(RefreshCost, AnEventWithoutATimeHappensWithTheOneBefore) {
  refresh_cost cost;
  rule_terms terms;
  terms.coalesce = 1s;
  EXPECT_TRUE(cost.begins(page("a"), terms, at(0ms)));
  EXPECT_FALSE(cost.begins(page("a"), terms, std::nullopt));
}

}  // namespace
}  // namespace freshet
