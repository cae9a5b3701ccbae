#include "connectors/rules/bus_reach.hpp"

#include <algorithm>

namespace freshet {
namespace {

bool hears(const config::rule_settings& rule, const config::bus_settings& bus) {
  if (!rule.buses.empty() && std::ranges::find(rule.buses, bus.name) == rule.buses.end())
    return false;
  if (bus.topics.empty()) return true;
  return std::ranges::any_of(rule.topics, [&](const topic_pattern& pattern) {
    return std::ranges::any_of(
        bus.topics, [&](const std::string& prefix) { return may_match(pattern, prefix); });
  });
}

bool gives(const config::rule_settings& tag, const std::string& name) {
  return std::ranges::any_of(tag.set, [&](const auto& each) { return each.first == name; });
}

}  // namespace

bool may_match(const topic_pattern& pattern, std::string_view prefix) {
  const std::string_view text = pattern.text();
  const auto wildcard = text.find_first_of("*#");
  if (wildcard == std::string_view::npos) return text.starts_with(prefix);
  // Only what stands in front of the first wildcard can contradict a prefix.
  const auto literal = text.substr(0, wildcard);
  return literal.starts_with(prefix) || prefix.starts_with(literal);
}

std::vector<bool> reach_of_bus(const config::settings& settings, std::size_t bus) {
  const auto& from = settings.buses[bus];
  std::vector<bool> out;
  for (const auto& page : settings.pages) {
    out.push_back(std::ranges::any_of(page.on, [&](const config::rule_settings& rule) {
      if (!hears(rule, from)) return false;
      return std::ranges::all_of(rule.by, [&](const std::string& name) {
        return std::ranges::any_of(settings.tags, [&](const config::rule_settings& tag) {
          return gives(tag, name) && hears(tag, from);
        });
      });
    }));
  }
  return out;
}

}  // namespace freshet
