#include "connectors/rules/rule_trial.hpp"

#include <fmt/format.h>

namespace freshet {
namespace {

constexpr std::size_t message_max = 32u << 20;

}  // namespace

rule_trial::rule_trial(const config::settings& settings, const site& pages, rule_table& rules)
    : settings_(settings),
      pages_(pages),
      rules_(rules),
      decoder_("recorded", message_max),
      rows_(rules.size()) {}

/// The page as its pattern with the known values in place; what is not bound stays a name.
std::string rule_trial::page_of(const rule_hit& hit) const {
  const auto& page = pages_.page(hit.page);
  if (hit.shows >= 0) {
    const auto& name = settings_.pages[hit.page].shows[static_cast<std::size_t>(hit.shows)].first;
    return fmt::format("{} that shows {}={}", page.name(), name, hit.values.front());
  }
  std::string out = page.name();
  const auto& parameters = page.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if ((hit.bound >> i & 1u) != 0)
      out += fmt::format(" {}={}", parameters[i].name(), hit.values[i]);
  if (hit.bound == 0) out += " (every known one)";
  return out;
}

std::string rule_trial::describe(std::string_view line) {
  const auto got = decoder_.decode_line(line);
  if (!got) {
    ++bad_;
    return fmt::format("not an event: {}\n", got.drop);
  }
  ++events_;
  const auto begin = steady_clock::now();
  rules_.match(got.value, hits_);
  spent_ += steady_clock::now() - begin;
  auto out = fmt::format("{} {}\n", got.value.topic, got.value.id.empty() ? "-" : got.value.id);
  if (hits_.empty()) ++unmatched_;
  std::uint32_t last = ~0u;
  for (const auto& hit : hits_) {
    auto& row = rows_[hit.rule];
    ++row.hits;
    if (hit.rule != last) ++row.events;
    last = hit.rule;
    out += fmt::format("  {} -> {}{}\n", rules_.terms(hit.rule).name, page_of(hit),
                       hit.floor ? ", which must show " + hit.floor->text() : std::string());
  }
  return out;
}

std::string rule_trial::summary() const {
  auto out =
      fmt::format("{} events, {} without a page, {} lines that are no event; {:.2f} us an event\n",
                  events_, unmatched_, bad_,
                  events_ == 0 ? 0.0
                               : std::chrono::duration<double, std::micro>(spent_).count() /
                                     static_cast<double>(events_));
  out += fmt::format("{:<32} {:>10} {:>10}\n", "rule", "events", "pages");
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    const auto& name = rules_.terms(i).name;
    if (name.starts_with("tag[")) continue;  // they name values, not pages
    out += fmt::format("{:<32} {:>10} {:>10}{}\n", name, rows_[i].events, rows_[i].hits,
                       rows_[i].events == 0 ? "  never" : "");
  }
  return out;
}

}  // namespace freshet
