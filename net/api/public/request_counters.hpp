#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/observe/metrics.hpp"
#include "store/page/site.hpp"

namespace freshet::api {

/// What is answered without a page.
enum class fixed_route : std::uint8_t { front, script, stream, demo_event, options, none };
inline constexpr std::size_t fixed_routes = 6;

/// How the cache took part in an answer.
enum class cache_result : std::uint8_t { hit, stale, unverified, parked, miss, bypass };
inline constexpr std::size_t cache_results = 6;

/// `freshet_http_requests_total{route,code}` and `freshet_cache_requests_total{result}` of one
/// loop.
///
/// Shape:    a table by route and status; a counter is made when its pair first occurs, so that the
///           scrape lists only what happens. Counting one that exists allocates nothing.
/// Lifetime: `numbers` and `pages` outlive it.
/// Threads:  one loop.
class request_counters {
 public:
  request_counters(metrics& numbers, const site& pages);

  void add(class_id page, std::uint16_t status) { add_row(page + fixed_routes, status); }
  void add(fixed_route route, std::uint16_t status) {
    add_row(static_cast<std::size_t>(route), status);
  }
  void add(cache_result result) { results_[static_cast<std::size_t>(result)]->add(); }

 private:
  static constexpr std::size_t statuses = 20;
  using row = std::array<counter*, statuses>;
  void add_row(std::size_t route, std::uint16_t status);
  counter& make(std::size_t route, std::uint16_t status);

  metrics& numbers_;
  const site& pages_;
  std::vector<row> rows_;
  std::array<counter*, cache_results> results_{};
};

}  // namespace freshet::api
