#include "app/bench/metric_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace freshet::app {
namespace {

std::optional<double> to_double(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return {};
  return value;
}

/// Calls `on_series(labels, value)` for each series of `name`.
template <class Sink>
void for_each_series(std::string_view scrape, std::string_view name, Sink&& on_series) {
  while (!scrape.empty()) {
    const auto line = scrape.substr(0, scrape.find('\n'));
    scrape.remove_prefix(std::min(line.size() + 1, scrape.size()));
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    const auto rest = line.substr(name.size());
    const auto end = rest.front() == '{' ? rest.rfind('}') : 0;
    if ((rest.front() != '{' && rest.front() != ' ') || end == std::string_view::npos) continue;
    const auto value = rest.find(' ', end);
    if (value == std::string_view::npos) continue;
    if (const auto number = to_double(rest.substr(value + 1)))
      on_series(rest.substr(0, end), *number);
  }
}

}  // namespace

double metric_sum(std::string_view scrape, std::string_view name, std::string_view having) {
  double sum = 0;
  for_each_series(scrape, name, [&](std::string_view labels, double value) {
    if (labels.find(having) != std::string_view::npos) sum += value;
  });
  return sum;
}

metric_buckets read_buckets(std::string_view scrape, std::string_view name) {
  metric_buckets out;
  const auto on_series = [&out](std::string_view labels, double value) {
    constexpr std::string_view le = "le=\"";
    const auto at = labels.find(le);
    if (at == std::string_view::npos) return;
    const auto text = labels.substr(at + le.size());
    const auto bound = to_double(text.substr(0, text.find('"')));
    if (!bound) return;
    const auto same = [&](const auto& each) { return each.first == *bound; };
    const auto known = std::find_if(out.begin(), out.end(), same);
    if (known == out.end()) {
      out.emplace_back(*bound, value);
    } else {
      known->second += value;
    }
  };
  for_each_series(scrape, std::string(name) + "_bucket", on_series);
  std::sort(out.begin(), out.end());
  return out;
}

metric_buckets between(const metric_buckets& before, const metric_buckets& after) {
  auto out = after;
  for (std::size_t i = 0; i < out.size() && i < before.size(); ++i)
    out[i].second -= before[i].second;
  return out;
}

double count_of(const metric_buckets& buckets) {
  return buckets.empty() ? 0 : buckets.back().second;
}

std::optional<double> quantile_of(const metric_buckets& buckets, double q) {
  const double count = count_of(buckets);
  if (count <= 0) return {};
  const double rank = q * count;
  double low = 0;
  double below = 0;
  for (const auto& [bound, not_above] : buckets) {
    if (not_above >= rank) {
      if (std::isinf(bound)) return low;
      const double inside = not_above - below;
      return inside > 0 ? low + (bound - low) * (rank - below) / inside : bound;
    }
    low = bound;
    below = not_above;
  }
  return low;
}

}  // namespace freshet::app
