#include "connectors/inspect/event_explanation.hpp"

#include <algorithm>

#include "connectors/inspect/json_time.hpp"
#include "connectors/inspect/page_explanation.hpp"
#include "core/json/writer.hpp"

namespace freshet {
namespace {

constexpr std::size_t others_shown = 20;

void write_unmatched(json::writer& w, const inspected& of, const event_record& e) {
  const auto& rules = of.events.rules();
  w.key("unmatched").begin_array();
  for (std::size_t i = 0; i < e.noted; ++i) {
    const auto& note = e.notes[i];
    w.begin_object().key("rule").string(rules.terms(note.rule).name).key("why");
    w.string(rules.sentence(note.rule, note.what, note.term, note.shape)).end_object();
  }
  w.end_array();
}

/// How the pages are now. A newer event may have come since: `version` is then of that one.
void write_now(json::writer& w, const inspected& of, const event_record& e) {
  w.key("now").begin_array();
  for (const auto& path : e.paths) {
    const auto page = of.store.find(path);
    w.begin_object().key("page").string(path);
    if (page == no_page) {
      w.key("state").null().end_object();
      continue;
    }
    const auto is = of.store.book().status(page);
    w.key("state").string(text_of(is.state)).key("version").number(is.version);
    w.key("reflected").boolean(is.have >= e.mark);
    w.key("cause").boolean(is.from && is.from->event_id == e.id).end_object();
  }
  w.end_array();
}

void write_event(json::writer& w, const inspected& of, const event_record& e) {
  w.key("id").string(e.id).key("topic").string(e.topic);
  w.key("bus").string(of.settings.buses[e.bus].name).key("time");
  write_time(w, e.time);
  w.key("received");
  write_time(w, e.received);
  w.key("rules").begin_array();
  for (const auto rule : e.rules) w.string(of.events.rules().terms(rule).name);
  w.end_array().key("tags").string(e.tags);
  w.key("pages").number(e.pages).key("created").number(e.created);
  w.key("wide").boolean(e.wide).key("failed").number(e.failed);
  w.key("locked").boolean(e.locked).key("paths").begin_array();
  for (const auto& path : e.paths) w.string(path);
  w.end_array();
  write_unmatched(w, of, e);
}

}  // namespace

std::string explain_known_event(const inspected& of, const std::vector<event_record>& found) {
  std::string out;
  json::writer w(out);
  w.begin_object();
  write_event(w, of, found.front());
  write_now(w, of, found.front());
  w.key("others").begin_array();
  for (std::size_t i = 1; i < std::min(found.size(), others_shown); ++i) {
    w.begin_object();
    write_event(w, of, found[i]);
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace freshet
