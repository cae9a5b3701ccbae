#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::app {

/// The sum of all series of `name` in a scrape (Prometheus' text format); `having` must stand among
/// the labels, such as `bus="demo"`. Zero when there is none.
double metric_sum(std::string_view scrape, std::string_view name, std::string_view having = {});

/// A Prometheus histogram: upper bounds in seconds with the number of observations not above.
using metric_buckets = std::vector<std::pair<double, double>>;
/// Series that differ in other labels than `le` are added up.
metric_buckets read_buckets(std::string_view scrape, std::string_view name);
/// What was observed between two scrapes of one server.
metric_buckets between(const metric_buckets& before, const metric_buckets& after);
double count_of(const metric_buckets& buckets);
/// In seconds, as Prometheus' histogram_quantile: linear within a bucket, the last finite bound
/// beyond it; nothing when nothing was observed.
std::optional<double> quantile_of(const metric_buckets& buckets, double q);

}  // namespace freshet::app
