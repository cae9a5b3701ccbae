#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/select/page_floor.hpp"
#include "store/entry.hpp"

namespace freshet {

/// What one rule says about one event: these pages are concerned.
///
/// Shape: `bound` has bit i set when parameter i of the page class has a value in `values` (one per
///        parameter, empty where unbound); with `shows` >= 0 it is instead the single value of that
///        `shows` name. No bit set = every known instance of the class.
struct rule_hit {
  class_id page = 0;
  std::uint32_t rule = 0;  // index into rule_table::rules()
  std::int32_t shows = -1;
  std::uint32_t bound = 0;
  std::vector<std::string> values;
  floor_ptr floor{};  // what the event says that the page must show; null = nothing
};

/// The part of a page's rule that does not depend on the event.
struct rule_terms {
  std::string name;  // `builds.on[0]`, for metrics, logs and explain
  class_id page = 0;
  std::chrono::nanoseconds coalesce{0};
  bool lazy = false;
  std::uint32_t parts = ~0u;  // bit i = fetch i
};

}  // namespace freshet
