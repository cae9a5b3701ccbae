#pragma once

#include <absl/container/flat_hash_set.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/lint/lint_report.hpp"
#include "connectors/lint/rule_record.hpp"
#include "connectors/rules/rule_table.hpp"

namespace freshet {

/// What a rule gives a value to: a parameter of a page, or (below 0) -1 - the index of a `shows`.
using lint_target = std::pair<class_id, std::int32_t>;

/// All that was noted about recorded events, before anybody says what it means.
struct lint_notes {
  /// A change of which the rules read one side only.
  struct one_side {
    std::uint32_t rule = 0;
    lint_count count;
    std::string read_at, lost_at;  // pointers
  };
  struct misspelling {
    std::uint32_t rule = 0;
    bool certain = false;  // against what is known, or what another rule says
    lint_count count;      // samples: `F22 for f22`
  };

  std::vector<rule_record> rules;                                    // by rule
  std::vector<std::uint64_t> calls;                                  // by settings.upstreams
  std::map<std::pair<lint_target, bool>, one_side> sides;            // true: the old side is read
  std::map<std::pair<class_id, std::size_t>, misspelling> misspelt;  // by parameter
  absl::flat_hash_set<std::string> topics;
};

/// What to look at, rule by rule, tags first. `bus`: what the recording was taken to be of.
std::vector<lint_finding> findings_of(const lint_notes& notes, const rule_table& rules,
                                      const config::settings& settings, const site& pages,
                                      std::string_view bus);

}  // namespace freshet
