#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/rules/rule_table.hpp"

namespace freshet {

/// What the rules say about recorded events, for people who write rules: `freshet try --events`.
///
/// Shape:    one line (or a few) of text per event, and a table at the end.
/// Errors:   a line that is no event is described as such and counted.
/// Lifetime: settings, site and table outlive it.
class rule_trial {
 public:
  rule_trial(const config::settings& settings, const site& pages, rule_table& rules);

  /// `line`: one recorded message.
  std::string describe(std::string_view line);
  /// Per rule: events that matched, pages named, what is never matched.
  std::string summary() const;

 private:
  struct row {
    std::uint64_t events = 0;
    std::uint64_t hits = 0;
  };
  std::string page_of(const rule_hit& hit) const;

  const config::settings& settings_;
  const site& pages_;
  rule_table& rules_;
  message_decoder decoder_;
  std::vector<row> rows_;  // by rule
  std::vector<rule_hit> hits_;
  std::uint64_t events_ = 0, unmatched_ = 0, bad_ = 0;
  std::chrono::nanoseconds spent_{0};
};

}  // namespace freshet
