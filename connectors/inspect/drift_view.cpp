#include "connectors/inspect/drift_view.hpp"

#include "connectors/inspect/json_time.hpp"

namespace freshet {
namespace {

void write_pages(json::writer& w, const drift_book::class_report& report) {
  w.key("drift_pages").begin_array();
  for (const auto& each : report.newest) {
    w.begin_object().key("page").string(each.path).key("at");
    write_time(w, each.when);
    w.key("unverified").boolean(each.unverified).key("parts").begin_array();
    for (const auto& part : each.parts) w.string(part);
    w.end_array().end_object();
  }
  w.end_array();
}

void write_rules(json::writer& w, const rule_table& rules, const drift_book::class_report& report) {
  w.key("drift_rules").begin_array();
  for (const auto& each : report.rules) {
    w.begin_object().key("rule").string(rules.terms(each.rule).name).key("topics").begin_array();
    for (const auto& topic : rules.source(each.rule).topics) w.string(topic.text());
    w.end_array().key("matched").number(rules.matched(each.rule));
    w.key("wrong").number(each.pages).end_object();
  }
  w.end_array();
}

}  // namespace

void write_drift(json::writer& w, const inspected& of, class_id page) {
  const auto period = std::chrono::duration<double>(of.settings.pages[page].sweep);
  w.key("sweep_s").number(period.count());
  if (of.drifts == nullptr) return;
  const auto& report = of.drifts->of(page);
  w.key("wrong").number(report.wrong);
  write_pages(w, report);
  write_rules(w, of.drifts->rules(), report);
}

}  // namespace freshet
