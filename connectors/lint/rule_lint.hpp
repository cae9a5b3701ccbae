#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/bus/fedmsg/message_decoder.hpp"
#include "connectors/lint/change_sides.hpp"
#include "connectors/lint/known_pages.hpp"
#include "connectors/lint/lint_notes.hpp"
#include "connectors/lint/lint_report.hpp"
#include "connectors/lint/refresh_cost.hpp"
#include "connectors/rules/rule_table.hpp"

namespace freshet {

/// Runs the rules of a configuration over recorded events and says which of them do not do what
/// they are there for: `freshet check --events`.
///
/// Shape:    one recorded message a line; memory is bounded by the configuration, by
///           `topics_max` topics and spellings and by refresh_cost::pages_max pages.
/// Errors:   a line that is no event is counted and named in the report.
/// Lifetime: settings, site and table outlive it.
/// Source:   the failures S1 to S5 of the systems freshet replaces: rules that fell silent.
class rule_lint final : private rule_witness {
 public:
  static constexpr std::size_t topics_max = 4096;
  static constexpr std::size_t spellings_max = 100'000;
  static constexpr std::size_t message_max = 32u << 20;

  /// `bus`: the one that the recording is taken to be of, for rules that name theirs.
  rule_lint(const config::settings& settings, const site& pages, rule_table& rules,
            std::string bus);

  /// A path that is asked for, as a visitor would write it. False when no page has it.
  bool know(std::string_view target) { return known_.add(target); }
  /// What comes next is this line of the recording, from 1; else one line follows the other.
  void at(std::uint64_t line) { line_ = line - 1; }
  void take(std::string_view line);
  /// A line that could not be read.
  void skip();
  lint_report report() const;

 private:
  struct spelling {
    std::string text;
    std::uint32_t rule;
  };

  void saw(const rule_sight& sight) override;
  void note_field(std::uint32_t rule, rule_outcome what, std::size_t term, field_shape shape);
  void note_bus();
  void take_chokes();
  void take_hit(const rule_hit& hit);
  void take_spelling(const rule_hit& hit, std::size_t parameter);
  void take_tags();
  void take_sides();
  void compare_sides(const lint_target& at, const change_side_pair& pair, bool old_is_read);
  bool reads(std::uint32_t rule, std::string_view pointer) const;
  std::string normal(const lint_target& at, const std::string& value) const;

  const config::settings& settings_;
  const site& pages_;
  rule_table& rules_;
  std::string bus_;
  message_decoder decoder_;
  known_pages known_;
  refresh_cost cost_;
  lint_notes notes_;
  std::map<std::pair<lint_target, std::string>, spelling> spellings_;  // by folded value
  std::size_t histories_ = 0;
  std::uint64_t line_ = 0;
  lint_report report_;

  // of the event at hand
  event event_;
  std::vector<rule_hit> hits_;
  std::vector<bool> seen_;                                             // rules that were tried
  std::map<lint_target, std::map<std::string, std::uint32_t>> named_;  // value -> rule
};

}  // namespace freshet
