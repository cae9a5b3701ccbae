#include "core/observe/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace freshet {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string rendered(const metrics::labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += fmt::format("{}=\"{}\"", name, escaped(value));
  }
  return out;
}

std::string series_name(std::string_view name, std::string_view labels) {
  return labels.empty() ? std::string(name) : fmt::format("{}{{{}}}", name, labels);
}

std::string join(std::string_view labels, std::string_view more) {
  return labels.empty() ? std::string(more) : fmt::format("{},{}", labels, more);
}

struct histogram_sum {
  std::array<std::uint64_t, histogram::bounds.size() + 1> buckets{};
  double sum = 0;
};

void write_histogram(std::string& out, const std::string& name, const std::string& labels,
                     const histogram_sum& h) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < h.buckets.size(); ++i) {
    below += h.buckets[i];
    const auto bound = i < histogram::bounds.size() ? fmt::format("{}", histogram::bounds[i])
                                                    : std::string("+Inf");
    out += fmt::format("{} {}\n",
                       series_name(name + "_bucket", join(labels, "le=\"" + bound + "\"")), below);
  }
  out += fmt::format("{} {}\n", series_name(name + "_sum", labels), h.sum);
  out += fmt::format("{} {}\n", series_name(name + "_count", labels), below);
}

}  // namespace

void histogram::observe(double seconds) {
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), seconds);
  buckets_[static_cast<std::size_t>(at - bounds.begin())].add();
  sum_.store(sum() + seconds, std::memory_order_relaxed);
}

metrics::family& metrics::family_of(std::string_view name, std::string_view help,
                                    const char* type) {
  auto at = families_.find(name);
  if (at == families_.end()) at = families_.emplace(std::string(name), family{}).first;
  assert(at->second.help.empty() || std::string_view(at->second.type) == type);
  at->second.help = help;
  at->second.type = type;
  return at->second;
}

counter& metrics::make_counter(std::string_view name, std::string_view help, labels l) {
  const std::lock_guard lock(mutex_);
  auto& series = family_of(name, help, "counter").counters.emplace_back();
  series.labels = rendered(l);
  return series.value;
}

histogram& metrics::make_histogram(std::string_view name, std::string_view help, labels l) {
  const std::lock_guard lock(mutex_);
  auto& series = family_of(name, help, "histogram").histograms.emplace_back();
  series.labels = rendered(l);
  return series.value;
}

void metrics::make_gauge(std::string_view name, std::string_view help, std::function<double()> ask,
                         labels l) {
  const std::lock_guard lock(mutex_);
  family_of(name, help, "gauge").gauges.push_back({rendered(l), std::move(ask), gauge_set_});
}

unsigned metrics::begin_gauge_set() {
  const std::lock_guard lock(mutex_);
  return ++gauge_set_;
}

void metrics::drop_gauge_set(unsigned set) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, family] : families_)
    std::erase_if(family.gauges, [set](const gauge& g) { return g.set == set; });
}

void metrics::make_asked_counter(std::string_view name, std::string_view help,
                                 std::function<double()> ask, labels l) {
  const std::lock_guard lock(mutex_);
  family_of(name, help, "counter").gauges.push_back({rendered(l), std::move(ask), gauge_set_});
}

std::string metrics::scrape() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
    std::map<std::string, std::uint64_t> counters;
    for (const auto& s : family.counters) counters[s.labels] += s.value.value();
    for (const auto& [labels, value] : counters)
      out += fmt::format("{} {}\n", series_name(name, labels), value);
    std::map<std::string, histogram_sum> histograms;
    for (const auto& s : family.histograms) {
      auto& h = histograms[s.labels];
      for (std::size_t i = 0; i < h.buckets.size(); ++i) h.buckets[i] += s.value.bucket(i);
      h.sum += s.value.sum();
    }
    for (const auto& [labels, h] : histograms) write_histogram(out, name, labels, h);
    // One that was made again (by a reload) replaces the older one: a scraper takes no doubles.
    std::map<std::string, double> gauges;
    for (const auto& g : family.gauges) gauges[g.labels] = g.ask();
    for (const auto& [labels, value] : gauges)
      out += fmt::format("{} {}\n", series_name(name, labels), value);
  }
  return out;
}

}  // namespace freshet
