#include <fmt/format.h>

#include "connectors/rules/rule_table.hpp"

// What a rule made of an event, in words.

namespace freshet {

std::string rule_table::term_text(std::uint32_t rule, rule_outcome what, std::uint16_t term) const {
  const auto& r = rules_[rule];
  if (what == rule_outcome::where)
    return fmt::format("where \"{}\"", r.source->where_entries[term].at.text());
  if (what == rule_outcome::refused)
    return fmt::format("parameter {}", pages_.page(r.terms.page).parameters()[term].name());
  if (what != rule_outcome::unbound && what != rule_outcome::surplus) return {};
  if (term < r.source->set.size()) return fmt::format("set {}", r.source->set[term].first);
  if (term < r.source->by.size()) return fmt::format("by {}", r.source->by[term]);
  return {};
}

std::string rule_table::sentence(std::uint32_t rule, rule_outcome what, std::uint16_t term,
                                 field_shape shape) const {
  const auto of = term_text(rule, what, term);
  switch (what) {
    case rule_outcome::matched:
      return "matched";
    case rule_outcome::nothing:
      return fmt::format("each \"{}\" names nothing", rules_[rule].source->each->text());
    case rule_outcome::refused:
      return of + " does not take the value";
    case rule_outcome::surplus:
      return "more values than are carried out";
    case rule_outcome::failed:
      return "a fault while it was tried";
    case rule_outcome::where:
    case rule_outcome::unbound:
      break;
  }
  switch (shape) {
    case field_shape::missing:
      return of + " finds nothing";
    case field_shape::empty:
      return of + " finds null or nothing";
    case field_shape::odd:
      return of + " meets an object";
    case field_shape::usable:
      break;
  }
  return of + (what == rule_outcome::where ? " does not hold" : " does not fit the value");
}

std::span<const std::string> rule_table::given_as(std::string_view name) const {
  for (std::size_t i = 0; i < tag_names_; ++i)
    if (names_[i] == name) return given_[i];
  return {};
}

std::string rule_table::given(std::size_t bytes_max) const {
  std::string out;
  for (std::size_t i = 0; i < tag_names_; ++i) {
    for (std::size_t v = 0; v < given_[i].size(); ++v) {
      if (out.size() + given_[i][v].size() > bytes_max) return out + "...";
      if (v == 0) out += (out.empty() ? "" : " ") + names_[i] + "=";
      out += (v == 0 ? "" : ",") + given_[i][v];
    }
  }
  return out;
}

}  // namespace freshet
