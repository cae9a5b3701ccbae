#include "net/api/public/request_counters.hpp"

#include <algorithm>

namespace freshet::api {
namespace {

constexpr std::array<std::string_view, fixed_routes> fixed_names{"front",      "live.js", "stream",
                                                                 "demo_event", "options", "none"};
constexpr std::array<std::string_view, cache_results> result_names{"hit",    "stale", "unverified",
                                                                   "parked", "miss",  "bypass"};
/// The statuses there are; the last place is for what is not foreseen.
constexpr std::array<std::uint16_t, 20> known{200, 304, 404, 503, 204, 400, 403, 405, 408, 410,
                                              413, 414, 417, 429, 431, 500, 501, 502, 505, 0};

}  // namespace

request_counters::request_counters(metrics& numbers, const site& pages)
    : numbers_(numbers), pages_(pages), rows_(fixed_routes + pages.pages().size(), row{}) {
  static_assert(known.size() == statuses);
  for (std::size_t i = 0; i < cache_results; ++i) {
    results_[i] = &numbers_.make_counter("freshet_cache_requests_total",
                                         "Requests for pages, by what the cache had",
                                         {{"result", std::string(result_names[i])}});
  }
}

void request_counters::add_row(std::size_t route, std::uint16_t status) {
  std::size_t at = 0;
  while (at + 1 < known.size() && known[at] != status) ++at;
  auto& place = rows_[route][at];
  if (!place) place = &make(route, known[at]);
  place->add();
}

counter& request_counters::make(std::size_t route, std::uint16_t status) {
  const std::string name = route < fixed_routes
                               ? std::string(fixed_names[route])
                               : pages_.page(static_cast<class_id>(route - fixed_routes)).name();
  return numbers_.make_counter(
      "freshet_http_requests_total", "Answers of the public listener, by page or fixed route",
      {{"route", name}, {"code", status == 0 ? "other" : std::to_string(status)}});
}

}  // namespace freshet::api
