#include "connectors/lint/lint_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/load.hpp"
#include "core/json/writer.hpp"

namespace freshet {
namespace {

void write_finding(json::writer& w, const lint_finding& f) {
  w.begin_object().key("kind").string(name_of(f.kind)).key("problem").boolean(f.problem);
  w.key("rule").string(f.rule).key("file").string(f.said.where.file);
  w.key("line").number(f.said.where.line).key("column").number(f.said.where.column);
  w.key("message").string(f.said.message).key("hint").string(f.said.hint);
  w.key("events").number(f.events).key("recorded_line").number(f.line).end_object();
}

void write_row(json::writer& w, const lint_row& r) {
  w.begin_object().key("rule").string(r.rule).key("file").string(r.where.file);
  w.key("line").number(r.where.line).key("tag").boolean(r.is_tag);
  w.key("fit").number(r.fit).key("matched").number(r.matched).key("pages").number(r.pages);
  w.key("every").number(r.every).key("refreshes").number(r.refreshes);
  w.key("calls").number(r.calls).end_object();
}

}  // namespace

std::string_view name_of(lint_kind kind) {
  switch (kind) {
    case lint_kind::never:
      return "never";
    case lint_kind::unbound:
      return "unbound";
    case lint_kind::refused:
      return "refused";
    case lint_kind::unmet:
      return "unmet";
    case lint_kind::one_side:
      return "one_side";
    case lint_kind::type:
      return "type";
    case lint_kind::vanished:
      return "vanished";
    case lint_kind::surplus:
      return "surplus";
  }
  return "never";
}

std::size_t lint_report::problems() const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [](const auto& f) { return f.problem; }));
}

std::string lint_report::text() const {
  std::string out;
  for (const auto& f : findings) {
    auto said = f.said;
    said.message =
        fmt::format("{}: {}: {}", f.problem ? "problem" : "note", name_of(f.kind), said.message);
    if (f.line != 0) said.message += fmt::format(" (recorded line {})", f.line);
    out += config::render(said) + "\n";
  }
  if (!findings.empty()) out += '\n';
  out += fmt::format("{:<28} {:>5} {:>8} {:>8} {:>8} {:>7} {:>9} {:>8}\n", "rule", "line", "fit",
                     "matched", "pages", "every", "refreshes", "calls");
  for (const auto& r : rules) {
    out += fmt::format("{:<28} {:>5} {:>8} {:>8}", r.rule, r.where.line, r.fit, r.matched);
    if (!r.is_tag)
      out += fmt::format(" {:>8} {:>7} {:>9} {:>8}", r.pages, r.every, r.refreshes, r.calls);
    out += '\n';
  }
  for (const auto& [upstream, count] : calls)
    out += fmt::format("upstream {}: {} calls\n", upstream, count);
  if (unread > 0)
    out += fmt::format("{} lines are no event, the first is line {}\n", unread,
                       unread_line.value_or(0));
  out += fmt::format("{} events, {} without a page: {} problems, {} notes\n", events, unmatched,
                     problems(), findings.size() - problems());
  return out;
}

std::string lint_report::json() const {
  std::string out;
  json::writer w(out);
  w.begin_object().key("events").number(events);
  w.key("unread").number(unread).key("unmatched").number(unmatched);
  w.key("problems").number(problems()).key("findings").begin_array();
  for (const auto& f : findings) write_finding(w, f);
  w.end_array().key("rules").begin_array();
  for (const auto& r : rules) write_row(w, r);
  w.end_array().key("calls").begin_object();
  for (const auto& [upstream, count] : calls) w.key(upstream).number(count);
  w.end_object().end_object();
  return out;
}

}  // namespace freshet
