#include "connectors/sweep/drift_book.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/json/slices.hpp"

namespace freshet {
namespace {

std::vector<std::string> names_of(const config::page_settings& page, part_mask parts) {
  std::vector<std::string> out;
  if (page.fetches.size() < 2) return out;
  for (std::size_t i = 0; i < page.fetches.size(); ++i)
    if ((parts >> i) & 1u) out.push_back(page.fetches[i].into.text());
  return out;
}

std::string topics_of(const config::rule_settings& rule) {
  std::vector<std::string> all;
  for (const auto& topic : rule.topics) all.push_back(topic.text());
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

part_mask parts_that_differ(const config::page_settings& page, std::string_view before,
                            std::string_view now) {
  if (page.fetches.size() < 2) return all_parts;
  part_mask out = 0;
  for (std::size_t i = 0; i < page.fetches.size(); ++i) {
    const auto& at = page.fetches[i].into;
    if (json::slice_at(before, at) != json::slice_at(now, at)) out |= part_mask{1} << i;
  }
  return out;
}

drift_book::drift_book(const config::settings& settings, const page_store& store,
                       const rule_table& rules, metrics& m)
    : settings_(settings),
      store_(store),
      rules_(rules),
      classes_(settings.pages.size()),
      unruled_(m.make_counter("freshet_drift_rule_total",
                              "Wrong pages by the rules that should have caught them.",
                              {{"rule", "none"}})) {
  for (const auto& page : settings.pages) {
    const auto wrong = [&](const char* said) {
      return &m.make_counter("freshet_drift_pages_total",
                             "Pages that a sweep found wrong, by what they had said of themselves.",
                             {{"page", page.name}, {"said", said}});
    };
    wrong_.push_back(wrong("fresh"));
    unverified_.push_back(wrong("unverified"));
    m.make_gauge(
        "freshet_staleness_bound_seconds",
        "The longest time that a page may be wrong unnoticed: its sweep's period; 0 = no bound.",
        [sweep = page.sweep] { return std::chrono::duration<double>(sweep).count(); },
        {{"page", page.name}});
  }
  for (std::uint32_t rule = 0; rule < rules.size(); ++rule)
    by_rule_.push_back(rules.is_tag(rule) ? nullptr
                                          : &m.make_counter("freshet_drift_rule_total", {},
                                                            {{"rule", rules.terms(rule).name}}));
}

void drift_book::found(const drift& one) {
  const auto* s = store_.slot_of(one.page);
  waiting_.push_back({one, s == nullptr ? "a page that is gone" : std::string(s->path())});
  if (waiting_.size() <= waiting_max) return;
  settle(waiting_.front(), one.at);
  waiting_.pop_front();
}

void drift_book::tick(mono_time now) {
  // In the order of their finding; of classes with a longer `settle` the others wait a little.
  while (!waiting_.empty()) {
    const auto& first = waiting_.front().what;
    if (now - first.at < settings_.pages[first.of].settle) return;
    settle(waiting_.front(), now);
    waiting_.pop_front();
  }
}

/// The event was only later than the sweep.
bool drift_book::event_came(const waiting& one) const {
  const auto page = store_.find(one.path);
  if (page == no_page) return false;
  const auto is = store_.book().status(page);
  if (is.from && is.from->received > one.what.at) return true;
  return is.want > one.what.want && (is.queued || is.running) && is.next_why == cause::event;
}

void drift_book::settle(const waiting& which, mono_time now) {
  if (event_came(which)) return;
  const auto& one = which.what;
  auto& report = classes_[one.of];
  const bool said_so = one.said == freshness_state::unverified;
  ++(said_so ? report.unverified : report.wrong);
  (said_so ? unverified_ : wrong_)[one.of]->add();
  report.newest.push_front(
      {which.path, one.when, names_of(settings_.pages[one.of], one.parts), said_so});
  if (report.newest.size() > shown_max) report.newest.pop_back();
  // A page that said so is the gap's doing, and no rule's.
  if (!said_so) blame(one, report, now);
}

/// The rules that concern what was wrong.
void drift_book::blame(const drift& one, class_report& report, mono_time now) {
  std::string suspects;
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
    const auto& terms = rules_.terms(rule);
    if (rules_.is_tag(rule) || terms.page != one.of || (terms.parts & one.parts) == 0) continue;
    by_rule_[rule]->add();
    auto known = std::ranges::find(report.rules, rule, &suspect_rule::rule);
    if (known == report.rules.end()) known = report.rules.insert(known, {rule, 0});
    ++known->pages;
    suspects += fmt::format("{}{} ({}; {} events matched it)", suspects.empty() ? "" : ", ",
                            terms.name, topics_of(rules_.source(rule)), rules_.matched(rule));
  }
  if (suspects.empty()) {
    unruled_.add();
    suspects = "a rule, and no rule concerns it";
  }
  std::uint64_t held_back = 0;
  if (!complaints_.allow(now, held_back)) return;
  const auto& wrong = report.newest.front();
  logger().warn(
      "sweep: {}{} was wrong and is repaired; it should have been caught by {} ({} more were not "
      "logged)",
      wrong.path, wrong.parts.empty() ? "" : fmt::format(" ({})", fmt::join(wrong.parts, ", ")),
      suspects, held_back);
}

}  // namespace freshet
