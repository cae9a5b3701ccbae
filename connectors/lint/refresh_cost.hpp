#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/rules/rule_hit.hpp"
#include "core/clock.hpp"

namespace freshet {

/// How many refreshes the recorded events would have caused, had all pages that they name been
/// known: what `coalesce` saves is left out, by the times of the events.
///
/// Shape: at most `pages_max` pages are told apart; more count one refresh each time.
class refresh_cost {
 public:
  static constexpr std::size_t pages_max = 1'000'000;

  /// True when this hit begins a refresh, false when one is due already. Events without a time
  /// happen when the one before them did.
  bool begins(const rule_hit& hit, const rule_terms& terms, std::optional<wall_time> time);

 private:
  absl::flat_hash_map<std::string, wall_time> due_;  // by page, parts and values
  wall_time now_{};
};

}  // namespace freshet
