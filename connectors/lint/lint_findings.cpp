#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/lint/lint_notes.hpp"

namespace freshet {
namespace {

std::string_view text_of(field_shape shape) {
  switch (shape) {
    case field_shape::missing:
      return "the field is not there";
    case field_shape::empty:
      return "the field is null or empty";
    case field_shape::odd:
      return "the field is an object";
    case field_shape::usable:
      return "its value does not fit";
  }
  return "";
}

/// Says what the notes mean, rule by rule.
class judge {
 public:
  judge(const lint_notes& notes, const rule_table& rules, const config::settings& settings,
        const site& pages, std::string_view bus)
      : notes_(notes), rules_(rules), settings_(settings), pages_(pages), bus_(bus) {}

  std::vector<lint_finding> all() {
    for (rule_ = 0; rule_ < rules_.size(); ++rule_) {
      one_rule(notes_.rules[rule_]);
      one_sides();
      misspelt();
    }
    return std::move(found_);
  }

 private:
  void say(lint_kind kind, bool problem, std::uint64_t events, std::uint64_t line,
           std::string message, std::string hint = {}) {
    lint_finding f{kind, problem, rules_.terms(rule_).name, events, line, {}};
    f.said.where = rules_.source(rule_).where;
    f.said.message = std::move(message);
    f.said.hint = std::move(hint);
    found_.push_back(std::move(f));
  }
  std::string term(rule_outcome what, std::uint16_t index) const {
    return rules_.term_text(rule_, what, index);
  }

  void one_rule(const rule_record& r) {
    if (r.fit == 0) return no_topic(r);
    types(r);
    if (r.matched == 0) {
      no_match(r);
    } else {
      for (const auto& [index, gone] : r.unbound) unbound(r, index, gone);
    }
    vanished(r);
    for (const auto& [index, count] : r.refused) refused(r, index, count);
    if (r.surplus.events > 0)
      say(lint_kind::surplus, true, r.surplus.events, r.surplus.line,
          fmt::format("{} events had more values than are carried out", r.surplus.events));
    pages(r);
  }

  void no_topic(const rule_record& r) {
    const auto& from = rules_.source(rule_);
    std::vector<std::string> patterns;
    for (const auto& p : from.topics) patterns.push_back(p.text());
    if (r.other_bus > 0)
      return say(lint_kind::never, false, 0, 0,
                 fmt::format("not tried: it speaks of bus {}, the recording is taken to be of {}",
                             fmt::join(from.buses, ", "), bus_),
                 fmt::format("--bus {}", from.buses.front()));
    const auto like = most_alike(from.topics);
    say(lint_kind::never, true, 0, 0,
        fmt::format("no recorded topic fits {}", fmt::join(patterns, ", ")),
        like.empty() ? "" : "the most alike: " + like);
  }

  /// The recorded topic with the most words of a pattern; nothing when that is less than half.
  std::string most_alike(const std::vector<topic_pattern>& patterns) const {
    std::string best;
    std::size_t most = 0;
    for (const auto& pattern : patterns) {
      const auto literal = [](const std::string& word) { return word != "*" && word != "#"; };
      const auto words = std::count_if(pattern.words().begin(), pattern.words().end(), literal);
      for (const auto& topic : notes_.topics) {
        std::size_t same = 0;
        for (const auto& word : pattern.words())
          if (literal(word) && ("." + topic + ".").find("." + word + ".") != topic.npos) ++same;
        const bool enough = same * 2 >= static_cast<std::size_t>(words) && same > 0;
        if (enough && (same > most || (same == most && topic < best))) {
          best = topic;
          most = same;
        }
      }
    }
    return best;
  }

  /// Its topic came and it never matched.
  void no_match(const rule_record& r) {
    if (r.where.empty() && r.unbound.empty() && r.nothing.events == 0) return;
    const auto most = std::max_element(r.where.begin(), r.where.end(), [](auto& a, auto& b) {
      return a.second.events() < b.second.events();
    });
    const auto where = most == r.where.end() ? 0 : most->second.events();
    if (r.nothing.events > where) {
      return say(lint_kind::never, true, r.fit, r.nothing.line,
                 fmt::format("never matches: each \"{}\" names nothing in {} of {} events",
                             rules_.source(rule_).each->text(), r.nothing.events, r.fit));
    }
    if (where > 0 && r.unbound.empty()) {
      const auto& count = most->second.most();
      auto message = fmt::format("never matches: {} does not hold in {} events",
                                 term(rule_outcome::where, most->first), where);
      const auto& wanted = rules_.source(rule_).where_entries[most->first].test;
      if (count.samples.empty()) {
        message += fmt::format(": {}", text_of(most->second.most_shape()));
      } else {
        message += fmt::format(": wanted {}, found {}", wanted.text(), count.shown());
      }
      return say(lint_kind::never, true, where, count.line, std::move(message));
    }
    for (const auto& [index, gone] : r.unbound) unbound(r, index, gone);
  }

  void unbound(const rule_record& r, std::uint16_t index, const rule_record::term_record& gone) {
    const auto& count = gone.most();
    const bool always = r.matched == 0;
    const bool told = always && r.odd.contains({rule_outcome::unbound, index}) &&
                      gone.most_shape() == field_shape::odd;
    if (told) return;
    const bool by_name = rules_.source(rule_).set.empty();
    say(lint_kind::unbound, always, gone.events(), count.line,
        fmt::format("{} yields nothing in {} of {} matches: {}", term(rule_outcome::unbound, index),
                    gone.events(), gone.events() + r.matched,
                    by_name ? "no tag gave it" : text_of(gone.most_shape())));
  }

  void types(const rule_record& r) {
    for (const auto& [at, count] : r.odd) {
      std::uint64_t before = 0, first = 0;
      if (const auto topics = r.fields.find(at); topics != r.fields.end()) {
        for (const auto& [topic, history] : topics->second) {
          before += history.usable();
          if (history.first_usable() != 0 && (first == 0 || history.first_usable() < first))
            first = history.first_usable();
        }
      }
      auto message =
          fmt::format("{} meets an object in {} events", term(at.first, at.second), count.events);
      if (before > 0)
        message += fmt::format(", and could be read in {}, first in line {}", before, first);
      say(lint_kind::type, true, count.events, count.line, std::move(message),
          "a list of selectors takes the first that yields: [\"/field/name\", \"/field\"]");
    }
  }

  void vanished(const rule_record& r) {
    for (const auto& [at, topics] : r.fields) {
      for (const auto& [topic, history] : topics) {
        if (!history.vanished()) continue;
        say(lint_kind::vanished, true, history.missing_lately(), history.missing_since(),
            fmt::format("{} found something in {} events of {} and nothing in the last {}",
                        term(at.first, at.second), history.usable(), topic,
                        history.missing_lately()));
      }
    }
  }

  void refused(const rule_record& r, std::uint16_t index, const lint_count& count) {
    const bool all = r.pages + r.every == 0;
    say(lint_kind::refused, all, count.events, count.line,
        fmt::format("{} does not take {}{}", term(rule_outcome::refused, index), count.shown(),
                    count.events > count.samples.size()
                        ? fmt::format(" and others, {} values", count.events)
                        : std::string()));
  }

  void pages(const rule_record& r) {
    if (r.matched == 0) return;
    if (rules_.is_tag(rule_)) return names(r);
    if (r.unmet.events == 0) return;
    if (r.met == 0)
      return say(lint_kind::unmet, true, r.unmet.events, r.unmet.line,
                 fmt::format("none of the pages it names is a known one: {}", r.unmet.shown()));
    say(lint_kind::unmet, false, r.unmet.events, r.unmet.line,
        fmt::format("{} of {} pages it names are not known: {}", r.unmet.events,
                    r.unmet.events + r.met, r.unmet.shown()));
  }

  /// Of a tag.
  void names(const rule_record& r) {
    if (r.met > 0) return;
    std::vector<std::string> set;
    for (const auto& [name, selectors] : rules_.source(rule_).set) set.push_back(name);
    say(lint_kind::unmet, true, r.matched, 0,
        fmt::format("gives {} to {} events, and no page's rule goes by it there",
                    fmt::join(set, ", "), r.fit));
  }

  void one_sides() {
    for (const auto& [at, side] : notes_.sides) {
      if (side.rule != rule_) continue;
      const auto& [target, old_is_read] = at;
      const auto name = target.second >= 0
                            ? pages_.page(target.first)
                                  .parameters()[static_cast<std::size_t>(target.second)]
                                  .name()
                            : settings_.pages[target.first]
                                  .shows[static_cast<std::size_t>(-1 - target.second)]
                                  .first;
      say(lint_kind::one_side, true, side.count.events, side.count.line,
          fmt::format("page {} is named by the {} {} (as in {}) and not by the {} one: {}",
                      pages_.page(target.first).name(), old_is_read ? "old" : "new", name,
                      side.read_at, old_is_read ? "new" : "old", side.count.shown()),
          fmt::format("a second rule that takes {} from {}", name, side.lost_at));
    }
  }

  void misspelt() {
    for (const auto& [at, record] : notes_.misspelt) {
      if (record.rule != rule_ || rules_.is_tag(rule_)) continue;
      const auto& name = pages_.page(at.first).parameters()[at.second].name();
      say(lint_kind::unmet, record.certain, record.count.events, record.count.line,
          fmt::format("{} differs only by upper and lower case, which makes two pages: {}", name,
                      record.count.shown()),
          fmt::format("param = {{ {} = {{ lower = true }} }} makes them one", name));
    }
  }

  const lint_notes& notes_;
  const rule_table& rules_;
  const config::settings& settings_;
  const site& pages_;
  std::string_view bus_;
  std::uint32_t rule_ = 0;
  std::vector<lint_finding> found_;
};

}  // namespace

std::vector<lint_finding> findings_of(const lint_notes& notes, const rule_table& rules,
                                      const config::settings& settings, const site& pages,
                                      std::string_view bus) {
  return judge(notes, rules, settings, pages, bus).all();
}

}  // namespace freshet
