#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {

/// A number that only rises. One writer: the loop that made it.
class counter {
 public:
  void add(std::uint64_t n = 1) {
    // One writer, so load and store need not be one operation; a scrape sees a whole number.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations in seconds, counted in fixed buckets. One writer.
class histogram {
 public:
  static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                     0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0};

  void observe(double seconds);
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].value(); }  // last = +Inf
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<counter, bounds.size() + 1> buckets_;
  std::atomic<double> sum_{0};
};

/// Everything that /metrics shows, in Prometheus' text format.
///
/// Shape:    a family has one help text and one type; each loop makes its own counter for the same
///           labels, and the scrape adds them up. Gauges are asked at scrape time.
/// Lifetime: counters live as long as the registry.
/// Threads:  making and scraping lock; counting does not.
/// Source:   Prometheus exposition format 0.0.4.
class metrics {
 public:
  using labels = std::vector<std::pair<std::string, std::string>>;

  counter& make_counter(std::string_view name, std::string_view help, labels l = {});
  histogram& make_histogram(std::string_view name, std::string_view help, labels l = {});
  void make_gauge(std::string_view name, std::string_view help, std::function<double()> ask,
                  labels l = {});

  /// A counter that somebody else keeps.
  void make_asked_counter(std::string_view name, std::string_view help, std::function<double()> ask,
                          labels l = {});

  /// Gauges ask objects that a reload replaces. Those made from now on belong to a new set, which
  /// can be dropped as one; the first set is 0.
  unsigned begin_gauge_set();
  void drop_gauge_set(unsigned set);

  std::string scrape() const;

 private:
  struct gauge {
    std::string labels;
    std::function<double()> ask;
    unsigned set;
  };
  template <class T>
  struct series {
    std::string labels;  // rendered: a="b",c="d"
    T value;
  };
  struct family {
    std::string help;
    const char* type = "counter";
    // deques: a counter's address is handed out
    std::deque<series<counter>> counters;
    std::deque<series<histogram>> histograms;
    std::vector<gauge> gauges;  // and asked counters
  };

  family& family_of(std::string_view name, std::string_view help, const char* type);

  mutable std::mutex mutex_;
  std::map<std::string, family, std::less<>> families_;
  unsigned gauge_set_ = 0;
};

}  // namespace freshet
