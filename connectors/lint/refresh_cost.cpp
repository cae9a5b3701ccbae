#include "connectors/lint/refresh_cost.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace freshet {

bool refresh_cost::begins(const rule_hit& hit, const rule_terms& terms,
                          std::optional<wall_time> time) {
  now_ = time.value_or(now_);
  auto page = fmt::format("{} {} {} {}\n{}", hit.page, hit.shows, hit.bound, terms.parts,
                          fmt::join(hit.values, "\n"));
  const auto due = now_ + std::chrono::duration_cast<wall_time::duration>(terms.coalesce);
  if (const auto at = due_.find(page); at != due_.end()) {
    // A recording may step back in time: then it says nothing of what was due.
    const bool waits = terms.coalesce.count() > 0 && now_ <= at->second && due >= at->second;
    if (!waits) at->second = due;
    return !waits;
  }
  if (due_.size() < pages_max) due_.emplace(std::move(page), due);
  return true;
}

}  // namespace freshet
