#include "app/bench/metric_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace freshet::app {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr std::string_view scrape =
    "# HELP x_total What x\n# TYPE x_total counter\n"
    "x_total{bus=\"a\",why=\"b c}\"} 2\n"
    "x_total{bus=\"b\"} 40\n"
    "x_total_more 1000\n"
    "plain 1.5e3\n"
    "t_seconds_bucket{le=\"0.1\"} 1\n"
    "t_seconds_bucket{le=\"0.5\"} 3\n"
    "t_seconds_bucket{le=\"+Inf\"} 4\n"
    "t_seconds_sum 2.5\n"
    "t_seconds_count 4\n";

TEST(MetricText, AddsUpTheSeriesOfAName) {
  EXPECT_EQ(metric_sum(scrape, "x_total"), 42);
  EXPECT_EQ(metric_sum(scrape, "x_total", "bus=\"b\""), 40);
  EXPECT_EQ(metric_sum(scrape, "plain"), 1500);
  EXPECT_EQ(metric_sum(scrape, "x"), 0);
  EXPECT_EQ(metric_sum("", "x_total"), 0);
}

TEST(MetricText, ReadsBuckets) {
  const auto found = read_buckets(scrape, "t_seconds");
  EXPECT_EQ(found, (metric_buckets{{0.1, 1}, {0.5, 3}, {inf, 4}}));
  EXPECT_EQ(count_of(found), 4);
  EXPECT_TRUE(read_buckets(scrape, "none").empty());
}

TEST(MetricText, WhatHappenedBetweenTwoScrapes) {
  const metric_buckets before{{0.1, 1}, {0.5, 3}, {inf, 4}};
  const metric_buckets after{{0.1, 1}, {0.5, 13}, {inf, 14}};
  EXPECT_EQ(between(before, after), (metric_buckets{{0.1, 0}, {0.5, 10}, {inf, 10}}));
  EXPECT_EQ(between({}, after), after);
}

TEST(MetricText, QuantilesAreLinearWithinABucket) {
  const metric_buckets buckets{{1.0, 0}, {2.0, 10}, {inf, 20}};
  EXPECT_DOUBLE_EQ(*quantile_of(buckets, 0.25), 1.5);
  EXPECT_DOUBLE_EQ(*quantile_of(buckets, 0.5), 2.0);
  EXPECT_DOUBLE_EQ(*quantile_of(buckets, 0.99), 2.0) << "beyond the last bound nothing is known";
  EXPECT_FALSE(quantile_of({{1.0, 0}, {inf, 0}}, 0.5));
  EXPECT_FALSE(quantile_of({}, 0.5));
}

}  // namespace
}  // namespace freshet::app
