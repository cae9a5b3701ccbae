#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/settings.hpp"

namespace freshet {

/// What is wrong with a rule, seen from recorded events.
enum class lint_kind : std::uint8_t {
  never,     // it never matches
  unbound,   // it matches, and a name yields nothing
  refused,   // a parameter does not take the values
  unmet,     // what it names is no page
  one_side,  // of a change only the old or only the new value is used
  type,      // a field became another type
  vanished,  // a field is not there any more
  surplus,   // more values than are carried out, or a fault
};
std::string_view name_of(lint_kind kind);

/// One thing to look at. A `problem` says that the rule does not do its work; anything else happens
/// to some events and may be meant.
///
/// Shape: `events` it happened to, `line` of the recording where it did first (0 = none did).
struct lint_finding {
  lint_kind kind = lint_kind::never;
  bool problem = true;
  std::string rule;
  std::uint64_t events = 0;
  std::uint64_t line = 0;
  config::diagnostic said;
};

/// One rule in figures.
///
/// Shape: `fit` events have its topic, `matched` of them (elements of `each` count one by one);
///        `pages` were named one by one, `every` counts the hits that name all pages with what is
///        bound. `refreshes` and `calls` are what these would cost; `calls` by upstream add up.
struct lint_row {
  std::string rule;
  config::location where;
  bool is_tag = false;
  std::uint64_t fit = 0, matched = 0, pages = 0, every = 0, refreshes = 0, calls = 0;
};

struct lint_report {
  std::uint64_t events = 0, unread = 0;
  std::uint64_t unmatched = 0;  // events that name no page
  std::optional<std::uint64_t> unread_line;
  std::vector<lint_row> rules;
  std::vector<lint_finding> findings;                        // rule by rule, tags first
  std::vector<std::pair<std::string, std::uint64_t>> calls;  // by upstream

  std::size_t problems() const;
  std::string text() const;
  std::string json() const;
};

}  // namespace freshet
