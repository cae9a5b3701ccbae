#pragma once

#include <string>
#include <vector>

#include "core/config/settings.hpp"
#include "store/page/site.hpp"

namespace freshet::app {

struct lint_arguments {
  std::string events;              // NDJSON; "-" = standard input
  std::string paths;               // one a line; "" = none
  std::string bus;                 // "" = the first one
  std::vector<std::string> allow;  // names of lint_kind
  bool as_json = false;
};

/// Runs the rules over recorded events and prints what is wrong with them. The exit code.
int lint_events(const config::settings& settings, const site& pages, const lint_arguments& a);

}  // namespace freshet::app
