#include "connectors/rules/rule_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "core/config/problems.hpp"
#include "core/select/gather.hpp"
#include "core/select/pointer_scope.hpp"

namespace freshet {
namespace {

bool speaks_of(const config::rule_settings& rule, std::string_view bus) {
  return rule.buses.empty() ||
         std::find(rule.buses.begin(), rule.buses.end(), bus) != rule.buses.end();
}

void sort_unique(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// The elements that `each` names: below `/msg`, or another member of the message.
void each_element(const event& e, const json::pointer& at,
                  const std::function<bool(simdjson::dom::element)>& visit) {
  if (at.empty()) return;
  const auto& first = at.steps().front();
  auto root = e.msg;
  if (first != "msg") {
    root.reset();
    simdjson::dom::element member;
    if (e.members && !e.members->at_key(first).get(member)) root = member;
  }
  if (root) at.tail().each(*root, visit);
}

}  // namespace

rule_table::rule_table(const config::settings& settings, const site& pages, metrics& m,
                       std::vector<config::diagnostic>& problems)
    : pages_(pages), metrics_(m) {
  for (std::size_t i = 0; i < settings.tags.size(); ++i) add_tag(settings.tags[i], i);
  tag_names_ = names_.size();
  for (std::size_t p = 0; p < settings.pages.size(); ++p)
    for (std::size_t i = 0; i < settings.pages[p].on.size(); ++i)
      add_page_rule(settings.pages[p], static_cast<class_id>(p), i, problems);
  given_.resize(names_.size());
}

std::optional<std::uint32_t> rule_table::find(std::string_view name) const {
  for (std::uint32_t i = 0; i < rules_.size(); ++i)
    if (rules_[i].terms.name == name) return i;
  return std::nullopt;
}

std::size_t rule_table::name_index(std::string_view name) {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at != names_.end()) return static_cast<std::size_t>(at - names_.begin());
  names_.emplace_back(name);
  return names_.size() - 1;
}

void rule_table::add_tag(const config::rule_settings& from, std::size_t number) {
  rule r;
  r.terms.name = fmt::format("tag[{}]", number);
  r.source = &from;
  r.is_tag = true;
  for (const auto& [name, selectors] : from.set)
    r.bindings.push_back({name_index(name), &selectors});
  add(std::move(r), metrics_);
}

void rule_table::add_page_rule(const config::page_settings& page, class_id id, std::size_t number,
                               std::vector<config::diagnostic>& problems) {
  const auto& from = page.on[number];
  rule r;
  r.source = &from;
  r.terms.name = fmt::format("{}.on[{}]", page.name, number);
  r.terms.page = id;
  r.terms.coalesce = from.coalesce;
  r.terms.lazy = from.lazy;
  if (!from.parts.empty()) {
    r.terms.parts = 0;
    for (const auto& part : from.parts) {
      const auto at = std::find_if(page.fetches.begin(), page.fetches.end(),
                                   [&](const auto& f) { return f.into.text() == part; });
      if (at == page.fetches.end()) {
        problems.push_back(
            {from.where,
             fmt::format("parts: no fetch of page \"{}\" has into = \"{}\"", page.name, part),
             {},
             false});
        return;
      }
      r.terms.parts |= 1u << (at - page.fetches.begin());
    }
  }
  for (const auto& [name, selectors] : from.set) {
    if (!add_target(r, page, id, name, problems)) return;
    r.bindings.push_back({0, &selectors});
  }
  for (const auto& name : from.by) {
    if (!add_target(r, page, id, name, problems)) return;
    const auto given = name_index(name);
    if (given >= tag_names_) {
      const std::vector<std::string> tags(names_.begin(),
                                          names_.begin() + static_cast<std::ptrdiff_t>(tag_names_));
      problems.push_back({from.where,
                          fmt::format("by: no [[tag]] sets \"{}\", so this never matches", name),
                          config::did_you_mean(name, tags), false});
      return;
    }
    r.bindings.push_back({given, nullptr});
  }
  add(std::move(r), metrics_);
}

bool rule_table::add_target(rule& r, const config::page_settings& page, class_id id,
                            const std::string& name, std::vector<config::diagnostic>& problems) {
  if (const auto parameter = pages_.page(id).index_of(name)) {
    r.targets.push_back(*parameter);
    return true;
  }
  const auto shown = std::find_if(page.shows.begin(), page.shows.end(),
                                  [&](const auto& s) { return s.first == name; });
  if (shown != page.shows.end() && r.source->set.size() + r.source->by.size() == 1) {
    r.targets.push_back(shows_base + static_cast<std::size_t>(shown - page.shows.begin()));
    return true;
  }
  const auto why =
      shown == page.shows.end()
          ? fmt::format("\"{}\" is neither a parameter nor a `shows` of page \"{}\"", name,
                        page.name)
          : fmt::format("\"{}\" is a `shows` name: it cannot be combined with others", name);
  problems.push_back({r.source->where, why, {}, false});
  return false;
}

void rule_table::add(rule r, metrics& m) {
  const auto index = static_cast<std::uint32_t>(rules_.size());
  const metrics::labels label{{"rule", r.terms.name}};
  r.matches = &m.make_counter("freshet_rule_matches_total", "Events a rule matched.", label);
  r.unbound = &m.make_counter("freshet_rule_unbound_total",
                              "Events whose rule matched but a name yielded nothing.", label);
  r.invalid = &m.make_counter("freshet_rule_invalid_total",
                              "Values from events that a parameter refused.", label);
  r.failed = &m.make_counter("freshet_rule_failed_total", "Events a rule failed on.", label);
  r.missing = &m.make_counter("freshet_rule_field_missing_total",
                              "Events without a field that the rule's `where` asks for.", label);
  r.odd = &m.make_counter("freshet_rule_field_type_total",
                          "Events in which a field had another type than the rule reads.", label);
  if (r.source->floor)
    r.floorless =
        &m.make_counter("freshet_rule_floor_missing_total",
                        "Events without a value that the rule's `floor` asks for.", label);
  for (const auto& topic : r.source->topics) trie_.insert(topic, index);
  rules_.push_back(std::move(r));
}

void rule_table::match(const event& e, std::vector<rule_hit>& hits, rule_witness* witness) {
  hits.clear();
  choked_.clear();
  witness_ = witness;
  for (auto& g : given_) g.clear();
  trie_.find(e.topic, found_);
  for (const auto index : found_) {
    const auto before = hits.size();
    try {
      run(index, e, hits);
    } catch (const std::exception&) {
      // One rule that chokes must not take the others' pages with it.
      hits.resize(before);
      rules_[index].failed->add();
      choke(index, rule_outcome::failed, 0);
      tell({.rule = index, .what = rule_outcome::failed});
    }
  }
  if (!choked_.empty()) forget_needless_chokes(hits);
  witness_ = nullptr;
}

void rule_table::run(std::uint32_t index, const event& e, std::vector<rule_hit>& hits) {
  auto& r = rules_[index];
  if (!speaks_of(*r.source, e.bus)) return;
  if (!r.source->each) return run_once(r, index, e, nullptr, hits);
  bool any = false;
  each_element(e, *r.source->each, [&](simdjson::dom::element found) {
    any = true;
    if (simdjson::dom::array elements; !found.get_array().get(elements)) {
      for (const simdjson::dom::element element : elements) run_once(r, index, e, &element, hits);
    } else {
      run_once(r, index, e, &found, hits);
    }
    return true;
  });
  if (!any) tell({.rule = index, .what = rule_outcome::nothing, .shape = field_shape::missing});
}

void rule_table::run_once(rule& r, std::uint32_t index, const event& e,
                          const simdjson::dom::element* each, std::vector<rule_hit>& hits) {
  if (!meets(r, index, e, each)) return;
  if (!gather(r, index, e, each)) {
    r.unbound->add();
    return;
  }
  r.matches->add();
  tell({.rule = index, .each = each});
  if (!r.is_tag) return expand(r, index, floor_of(r, e, each), hits);
  for (std::size_t i = 0; i < r.bindings.size(); ++i) {
    auto& given = given_[r.bindings[i].name];
    std::move(gathered_[i].begin(), gathered_[i].end(), std::back_inserter(given));
  }
}

/// All conditions hold.
bool rule_table::meets(rule& r, std::uint32_t index, const event& e,
                       const simdjson::dom::element* each) {
  const auto& entries = r.source->where_entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool found = freshet::gather(entries[i].at, e, each, texts_);
    if (entries[i].test.holds(found, texts_.views())) continue;
    rule_sight sight{.rule = index,
                     .what = rule_outcome::where,
                     .term = static_cast<std::uint16_t>(i),
                     .each = each};
    if (texts_.views().empty() && entries[i].test.wants_text()) {
      sight.shape = pointer_scope(e, each).shape(entries[i].at);
      miss(r, sight, e, found);
    }
    tell(sight);
    return false;
  }
  return true;
}

/// A condition found no text. Only when every other one holds was the event meant for this rule.
void rule_table::miss(rule& r, rule_sight sight, const event& e, bool found) {
  if (!found) r.missing->add();
  if (sight.shape != field_shape::odd) return;
  const auto& entries = r.source->where_entries;
  for (std::size_t i = sight.term + 1u; i < entries.size(); ++i) {
    const bool there = freshet::gather(entries[i].at, e, sight.each, texts_);
    if (entries[i].test.holds(there, texts_.views())) continue;
    if (!entries[i].test.wants_text()) return;
    if (pointer_scope(e, sight.each).shape(entries[i].at) != field_shape::odd) return;
  }
  r.odd->add();
  choke(sight.rule, rule_outcome::where, sight.term);
}

bool rule_table::gather(rule& r, std::uint32_t index, const event& e,
                        const simdjson::dom::element* each) {
  gathered_.resize(std::max(gathered_.size(), r.bindings.size()));
  for (std::size_t i = 0; i < r.bindings.size(); ++i) {
    auto& into = gathered_[i];
    into.clear();
    const auto& b = r.bindings[i];
    if (b.from == nullptr) {
      into = given_[b.name];
    } else if (!take_first(*b.from, e, each, into)) {
      r.failed->add();  // the surplus is dropped, and seen
      choke(index, rule_outcome::surplus, i);
      tell({.rule = index,
            .what = rule_outcome::surplus,
            .term = static_cast<std::uint16_t>(i),
            .each = each});
    }
    sort_unique(into);
    if (!into.empty()) continue;
    rule_sight sight{.rule = index,
                     .what = rule_outcome::unbound,
                     .term = static_cast<std::uint16_t>(i),
                     .shape = field_shape::missing,
                     .each = each};
    if (b.from != nullptr) sight.shape = best_shape(*b.from, e, each);
    if (sight.shape == field_shape::odd) {
      r.odd->add();
      choke(index, rule_outcome::unbound, i);
    }
    tell(sight);
    return false;
  }
  return true;
}

floor_ptr rule_table::floor_of(const rule& r, const event& e,
                               const simdjson::dom::element* each) const {
  if (!r.source->floor) return nullptr;
  auto floor = page_floor::of_event(r.source->floor, e, each);
  if (!floor) r.floorless->add();
  return floor;
}

void rule_table::expand(rule& r, std::uint32_t index, floor_ptr floor,
                        std::vector<rule_hit>& hits) {
  rule_hit hit;
  hit.floor = std::move(floor);
  hit.page = r.terms.page;
  hit.rule = index;
  if (r.targets.size() == 1 && r.targets[0] >= shows_base) {
    hit.shows = static_cast<std::int32_t>(r.targets[0] - shows_base);
    for (auto& value : gathered_[0]) {
      hit.values.assign(1, value);
      hits.push_back(hit);
    }
    return;
  }
  const auto& page = pages_.page(r.terms.page);
  hit.values.resize(page.parameters().size());
  const auto first = hits.size();
  hits.push_back(hit);
  // The product, one parameter after the other; values are normalised exactly as in a request.
  for (std::size_t i = 0; i < r.targets.size(); ++i) {
    const auto parameter = r.targets[i];
    std::vector<rule_hit> wider;
    for (const auto& raw : gathered_[i]) {
      auto value = page.normalise(parameter, raw);
      if (!value) {
        r.invalid->add();
        tell({.rule = index,
              .what = rule_outcome::refused,
              .term = static_cast<std::uint16_t>(parameter),
              .value = raw});
        continue;
      }
      for (auto h = first; h < hits.size() && wider.size() < hits_max; ++h) {
        wider.push_back(hits[h]);
        wider.back().bound |= 1u << parameter;
        wider.back().values[parameter] = *value;
      }
    }
    if (wider.size() >= hits_max) {
      r.failed->add();
      choke(index, rule_outcome::surplus, 0);
    }
    hits.resize(first);
    std::move(wider.begin(), wider.end(), std::back_inserter(hits));
  }
}

void rule_table::choke(std::uint32_t index, rule_outcome what, std::size_t term) {
  if (choked_.size() >= chokes_max) return;
  const rule_choke now{index, what, static_cast<std::uint16_t>(term)};
  const auto same = [&](const rule_choke& c) { return c.rule == index && c.what == what; };
  if (std::none_of(choked_.begin(), choked_.end(), same)) choked_.push_back(now);
}

/// Rules add up: one for the old form of a message, one for the new. Then neither of them failed.
void rule_table::forget_needless_chokes(const std::vector<rule_hit>& hits) {
  std::erase_if(choked_, [&](const rule_choke& c) {
    const bool of_type = c.what == rule_outcome::where || c.what == rule_outcome::unbound;
    return of_type && given_elsewhere(c, hits);
  });
}

bool rule_table::given_elsewhere(const rule_choke& c, const std::vector<rule_hit>& hits) const {
  const auto& r = rules_[c.rule];
  if (!r.is_tag)
    return std::any_of(hits.begin(), hits.end(),
                       [&](const rule_hit& hit) { return hit.page == r.terms.page; });
  return std::all_of(r.bindings.begin(), r.bindings.end(),
                     [&](const binding& b) { return !given_[b.name].empty(); });
}

}  // namespace freshet
