#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/lint/field_history.hpp"
#include "connectors/rules/rule_sight.hpp"

namespace freshet {

/// How often something happened, where first, and a few of the texts that were seen.
///
/// Shape: at most `samples_max` different samples of at most `sample_bytes_max` bytes.
struct lint_count {
  static constexpr std::size_t samples_max = 3;
  static constexpr std::size_t sample_bytes_max = 80;

  std::uint64_t events = 0;
  std::uint64_t line = 0;
  std::vector<std::string> samples;

  void add(std::uint64_t at, std::string_view sample = {});
  std::string shown() const;  // the samples, quoted, with commas
};

/// What recorded events made of one rule.
///
/// Shape: histories are kept for so many topics as the caller allows.
struct rule_record {
  struct term_record {
    std::array<lint_count, 4> by_shape;  // field_shape
    std::uint64_t events() const;
    const lint_count& most() const;
    field_shape most_shape() const;
  };
  using topics = std::map<std::string, field_history, std::less<>>;

  std::uint64_t fit = 0, matched = 0, pages = 0, every = 0, refreshes = 0, calls = 0;
  std::uint64_t other_bus = 0;
  lint_count nothing;                            // `each` names nothing
  std::map<std::uint16_t, term_record> where;    // conditions that did not hold
  std::map<std::uint16_t, term_record> unbound;  // names that yielded nothing
  std::map<std::uint16_t, lint_count> refused;   // by parameter
  std::map<std::pair<rule_outcome, std::uint16_t>, lint_count> odd;
  std::map<std::pair<rule_outcome, std::uint16_t>, topics> fields;
  lint_count surplus;
  std::uint64_t met = 0, met_by_page = 0;
  lint_count unmet;
};

}  // namespace freshet
