#include "connectors/lint/rule_lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/select/gather.hpp"

namespace freshet {
namespace {

/// So short a text is equal to another one by chance: a state, a flag.
bool is_short(std::string_view value) {
  return value.size() < 3 || value == "true" || value == "false";
}

bool is_below(std::string_view selector, std::string_view pointer) {
  const auto name = pointer.substr(pointer.rfind('/'));
  const auto at = selector.find(name);
  if (at == selector.npos) return false;
  const auto end = at + name.size();
  return end == selector.size() || selector[end] == '"' || selector[end] == '/' ||
         selector[end] == '}';
}

}  // namespace

rule_lint::rule_lint(const config::settings& settings, const site& pages, rule_table& rules,
                     std::string bus)
    : settings_(settings),
      pages_(pages),
      rules_(rules),
      bus_(std::move(bus)),
      decoder_(bus_, message_max),
      known_(settings, pages) {
  notes_.rules.resize(rules.size());
  notes_.calls.resize(settings.upstreams.size());
}

void rule_lint::skip() {
  ++line_;
  ++report_.unread;
  if (!report_.unread_line) report_.unread_line = line_;
}

void rule_lint::take(std::string_view line) {
  const auto got = decoder_.decode_line(line);
  if (!got) return skip();
  ++line_;
  ++report_.events;
  event_ = got.value;
  if (notes_.topics.size() < topics_max) notes_.topics.emplace(event_.topic);
  seen_.assign(rules_.size(), false);
  named_.clear();
  note_bus();
  rules_.match(event_, hits_, this);
  if (hits_.empty()) ++report_.unmatched;
  for (std::uint32_t i = 0; i < rules_.size(); ++i)
    if (seen_[i]) ++notes_.rules[i].fit;
  take_chokes();
  for (const auto& hit : hits_) take_hit(hit);
  take_tags();
  take_sides();
}

/// Rules of another bus are not tried, and must not look as if they never matched.
void rule_lint::note_bus() {
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    const auto& from = rules_.source(i);
    const bool ours = from.buses.empty() ||
                      std::find(from.buses.begin(), from.buses.end(), bus_) != from.buses.end();
    if (ours) continue;
    const auto fits = [&](const topic_pattern& p) { return p.matches(event_.topic); };
    if (std::any_of(from.topics.begin(), from.topics.end(), fits)) ++notes_.rules[i].other_bus;
  }
}

void rule_lint::saw(const rule_sight& sight) {
  auto& record = notes_.rules[sight.rule];
  seen_[sight.rule] = true;
  const auto& from = rules_.source(sight.rule);
  const auto line = line_;
  const auto passed = [&](rule_outcome what, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) note_field(sight.rule, what, i, field_shape::usable);
  };
  switch (sight.what) {
    case rule_outcome::matched:
      ++record.matched;
      passed(rule_outcome::where, from.where_entries.size());
      return passed(rule_outcome::unbound, from.set.size());
    case rule_outcome::nothing:
      return record.nothing.add(line);
    case rule_outcome::where: {
      const auto& entry = from.where_entries[sight.term];
      text_list texts;
      gather(entry.at, event_, sight.each, texts);
      const auto sample = texts.views().empty() ? std::string_view{} : texts.views().front();
      record.where[sight.term].by_shape[static_cast<std::size_t>(sight.shape)].add(line, sample);
      passed(rule_outcome::where, sight.term);
      return note_field(sight.rule, rule_outcome::where, sight.term, sight.shape);
    }
    case rule_outcome::unbound:
      record.unbound[sight.term].by_shape[static_cast<std::size_t>(sight.shape)].add(line);
      passed(rule_outcome::where, from.where_entries.size());
      passed(rule_outcome::unbound, std::min<std::size_t>(sight.term, from.set.size()));
      if (sight.term < from.set.size())
        note_field(sight.rule, rule_outcome::unbound, sight.term, sight.shape);
      return;
    case rule_outcome::refused:
      return record.refused[sight.term].add(line, sight.value);
    case rule_outcome::surplus:
    case rule_outcome::failed:
      return record.surplus.add(line);
  }
}

void rule_lint::note_field(std::uint32_t rule, rule_outcome what, std::size_t term,
                           field_shape shape) {
  auto& topics = notes_.rules[rule].fields[{what, static_cast<std::uint16_t>(term)}];
  auto at = topics.find(event_.topic);
  if (at == topics.end()) {
    if (histories_ >= topics_max) return;
    ++histories_;
    at = topics.try_emplace(std::string(event_.topic)).first;
  }
  at->second.saw(shape, line_);
}

void rule_lint::take_chokes() {
  for (const auto& c : rules_.choked())
    if (c.what == rule_outcome::where || c.what == rule_outcome::unbound)
      notes_.rules[c.rule].odd[{c.what, c.term}].add(line_);
}

void rule_lint::take_hit(const rule_hit& hit) {
  auto& record = notes_.rules[hit.rule];
  const auto& page = pages_.page(hit.page);
  const auto path_mask = (std::uint64_t{1} << page.path_parameters()) - 1;
  const bool one = hit.shows < 0 && (hit.bound & path_mask) == path_mask;
  ++(one ? record.pages : record.every);
  if (cost_.begins(hit, rules_.terms(hit.rule), event_.time)) {
    ++record.refreshes;
    const auto& fetches = settings_.pages[hit.page].fetches;
    for (std::size_t i = 0; i < fetches.size(); ++i) {
      if ((rules_.terms(hit.rule).parts >> i & 1u) == 0) continue;
      ++record.calls;
      for (std::size_t u = 0; u < settings_.upstreams.size(); ++u)
        if (settings_.upstreams[u].name == fetches[i].upstream) ++notes_.calls[u];
    }
  }
  if (hit.shows >= 0) {
    named_[{hit.page, -1 - hit.shows}].emplace(hit.values.front(), hit.rule);
    return;
  }
  for (std::size_t i = 0; i < hit.values.size(); ++i) {
    if ((hit.bound >> i & 1u) == 0) continue;
    named_[{hit.page, static_cast<std::int32_t>(i)}].emplace(hit.values[i], hit.rule);
    take_spelling(hit, i);
  }
  const auto met = known_.meets(hit);
  if (!met) return;
  if (*met) {
    ++record.met;
  } else {
    record.unmet.add(line_, page.name() + " " + fmt::format("{}", fmt::join(hit.values, " ")));
  }
}

/// Two spellings of one value make two pages, of which visitors ask for one.
void rule_lint::take_spelling(const rule_hit& hit, std::size_t parameter) {
  const auto& value = hit.values[parameter];
  const auto known = known_.spelt_otherwise(hit.page, parameter, value);
  const auto note = [&](const std::string& other, bool certain) {
    auto& record = notes_.misspelt[{hit.page, parameter}];
    if (record.count.events == 0) record.rule = hit.rule;
    record.certain = record.certain || certain;
    record.count.add(line_, fmt::format("{} for {}", value, other));
  };
  if (known) return note(*known, true);
  if (spellings_.size() >= spellings_max) return;
  const lint_target at{hit.page, static_cast<std::int32_t>(parameter)};
  const auto first =
      spellings_.try_emplace({at, folded(value)}, spelling{value, hit.rule}).first->second;
  if (first.text != value) note(first.text, first.rule != hit.rule);
}

/// A tag's names do something only when a page's rule goes by them.
void rule_lint::take_tags() {
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (!seen_[i] || !rules_.is_tag(i)) continue;
    const auto& set = rules_.source(i).set;
    const auto taken = [&](const rule_hit& hit) {
      const auto& by = rules_.source(hit.rule).by;
      return std::any_of(set.begin(), set.end(), [&](const auto& name) {
        return std::find(by.begin(), by.end(), name.first) != by.end();
      });
    };
    if (std::any_of(hits_.begin(), hits_.end(), taken)) ++notes_.rules[i].met;
  }
}

std::string rule_lint::normal(const lint_target& at, const std::string& value) const {
  if (at.second < 0) return value;
  const auto made = pages_.page(at.first).normalise(static_cast<std::size_t>(at.second), value);
  return made ? *made : std::string{};
}

bool rule_lint::reads(std::uint32_t rule, std::string_view pointer) const {
  const auto reads_it = [&](const config::rule_settings& from) {
    for (const auto& [name, selectors] : from.set)
      for (const auto& one : selectors)
        if (is_below(one.text(), pointer)) return true;
    return false;
  };
  if (reads_it(rules_.source(rule))) return true;
  const auto& by = rules_.source(rule).by;
  return std::any_of(settings_.tags.begin(), settings_.tags.end(), [&](const auto& tag) {
    const bool gives = std::any_of(tag.set.begin(), tag.set.end(), [&](const auto& name) {
      return std::find(by.begin(), by.end(), name.first) != by.end();
    });
    return gives && reads_it(tag);
  });
}

void rule_lint::take_sides() {
  if (hits_.empty() || !event_.msg) return;
  const auto pairs = change_sides::of(*event_.msg, "/msg", event_.bytes);
  for (const auto& pair : pairs) {
    for (const auto& named : named_) {
      compare_sides(named.first, pair, false);
      compare_sides(named.first, pair, true);
    }
  }
}

/// The event names a page by one side of the change, and none by the other. In lists of rows only
/// one column is a name, so one value of a side is enough.
void rule_lint::compare_sides(const lint_target& at, const change_side_pair& pair,
                              bool old_is_read) {
  const auto& values = named_[at];
  const auto& read = old_is_read ? pair.old_values : pair.new_values;
  const auto& lost = old_is_read ? pair.new_values : pair.old_values;
  const auto& read_at = old_is_read ? pair.old_at : pair.new_at;
  const auto is_named = [&](const std::string& value) {
    return values.contains(normal(at, value));
  };
  const auto good = [&](const std::string& value) { return !normal(at, value).empty(); };
  const auto first = std::find_if(lost.begin(), lost.end(), good);
  if (first == lost.end() || std::any_of(lost.begin(), lost.end(), is_named)) return;
  for (const auto& value : read) {
    const auto found = values.find(normal(at, value));
    if (found == values.end()) continue;
    if (is_short(value) && !reads(found->second, read_at)) continue;
    auto& side = notes_.sides[{at, old_is_read}];
    if (side.count.events == 0) {
      side.rule = found->second;
      side.read_at = read_at;
      side.lost_at = old_is_read ? pair.new_at : pair.old_at;
    }
    return side.count.add(line_, *first);
  }
}

lint_report rule_lint::report() const {
  auto out = report_;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    const auto& r = notes_.rules[i];
    out.rules.push_back({rules_.terms(i).name, rules_.source(i).where, rules_.is_tag(i), r.fit,
                         r.matched, r.pages, r.every, r.refreshes, r.calls});
  }
  for (std::size_t u = 0; u < notes_.calls.size(); ++u)
    out.calls.emplace_back(settings_.upstreams[u].name, notes_.calls[u]);
  out.findings = findings_of(notes_, rules_, settings_, pages_, bus_);
  return out;
}

}  // namespace freshet
