#include "connectors/inspect/page_explanation.hpp"

#include <algorithm>

#include "connectors/inspect/json_time.hpp"
#include "core/json/writer.hpp"

namespace freshet {

std::string_view text_of(freshness_state state) {
  switch (state) {
    case freshness_state::fresh:
      return "fresh";
    case freshness_state::stale:
      return "stale";
    case freshness_state::unverified:
      return "unverified";
    case freshness_state::parked:
      return "parked";
  }
  return "stale";
}

namespace {

void write_cause(json::writer& w, const origin_ptr& from) {
  w.key("cause");
  if (!from) {
    w.null();
    return;
  }
  w.begin_object().key("id").string(from->event_id).key("topic").string(from->topic);
  w.key("bus").string(from->bus).key("time");
  write_time(w, from->time);
  w.key("rule").string(from->rule).end_object();
}

void write_call(json::writer& w, const call_record& call) {
  const auto ms = std::chrono::duration<double, std::milli>(
      std::chrono::floor<std::chrono::microseconds>(call.took));
  w.begin_object().key("at");
  write_time(w, call.at);
  w.key("ms").number(ms.count()).key("status").number(call.status);
  w.key("bytes").number(call.bytes).end_object();
}

/// The last refresh of this page. A row is used again after its page was forgotten, and the history
/// goes by rows: what stands there counts only once this page itself has been refreshed.
const refresh_record* last_refresh(const inspected& of, page_ref page, const freshness& f) {
  const bool tried = f.verified != wall_time{} ||
                     std::any_of(f.parts.begin(), f.parts.end(),
                                 [](const part_freshness& p) { return p.failure != nullptr; });
  return tried ? of.history.find(page) : nullptr;
}

/// The event that the content changed with. A later one may have found the same bytes.
void write_version_cause(json::writer& w, const inspected& of, page_ref page) {
  w.key("version_cause");
  const auto news = of.store.changes().newest(page);
  if (!news || news->event_id.empty()) {
    w.null();
    return;
  }
  w.begin_object().key("id").string(news->event_id).key("topic").string(news->topic);
  w.end_object();
}

void write_last(json::writer& w, const inspected& of, const slot& s, const freshness& f) {
  w.key("last");
  const auto* record = last_refresh(of, s.ref, f);
  if (record == nullptr) {
    w.null();
    return;
  }
  const bool failed = !record->failure.empty();
  w.begin_object().key("at");
  write_time(w, record->at);
  w.key("cause").string(text_of(record->why)).key("result");
  w.string(record->changed ? "changed" : failed ? "error" : "same").end_object();
}

void write_parts(json::writer& w, const inspected& of, const slot& s, const freshness& f) {
  const auto& fetches = of.settings.pages[s.page].fetches;
  const auto* record = last_refresh(of, s.ref, f);
  w.key("parts").begin_array();
  for (std::size_t i = 0; i < fetches.size() && i < f.parts.size(); ++i) {
    const auto& part = f.parts[i];
    w.begin_object().key("upstream").string(fetches[i].upstream);
    w.key("have").number(part.have).key("error");
    if (part.failure) {
      w.string(part.failure->text());
    } else {
      w.null();
    }
    w.key("calls").begin_array();
    if (record != nullptr) {
      for (const auto& call : record->calls)
        if (call.part == i) write_call(w, call);
    }
    w.end_array().end_object();
  }
  w.end_array();
}

/// What the page has to show and does not, or did not when it was taken as it is.
void write_floor(json::writer& w, const freshness& f) {
  w.key("floor");
  if (!f.floor && !f.floor_unmet) {
    w.null();
    return;
  }
  w.begin_object().key("wants");
  if (f.floor) {
    w.string(f.floor->text());
  } else {
    w.null();
  }
  w.key("looks").number(f.floor_looks).key("unmet").boolean(f.floor_unmet).end_object();
}

void write_next(json::writer& w, const inspected& of, page_ref page, const freshness& f) {
  w.key("next");
  std::string_view why;
  auto at = f.next;
  if (f.running) {
    why = "running";
  } else if (f.state == freshness_state::parked) {
    why = "parked";
  } else if (f.queued) {
    why = f.retrying ? "retry" : f.floor_looks > 0 ? "floor" : text_of(f.next_why);
  } else if (at = of.store.book().timer(page); at) {
    why = "timer";
  } else {
    w.null();
    return;
  }
  w.begin_object().key("why").string(why).key("at");
  if (at) {
    const auto wait = std::max(*at - of.time.now(), mono_time::duration{0});
    write_time(w, of.time.wall_now() + std::chrono::duration_cast<wall_time::duration>(wait));
  } else {
    w.null();
  }
  w.end_object();
}

}  // namespace

std::string explain_known_page(const inspected& of, page_ref page) {
  const auto& s = *of.store.slot_of(page);
  const auto f = of.store.book().status(page);
  const auto content = of.store.content(page);
  std::string out;
  json::writer w(out);
  w.begin_object().key("page").string(s.path());
  w.key("class").string(of.settings.pages[s.page].name);
  w.key("state").string(text_of(f.state)).key("version").number(f.version).key("etag");
  if (content) {
    w.string("\"" + std::string(content->etag.begin(), content->etag.end()) + "\"");
  } else {
    w.null();
  }
  w.key("want").number(f.want).key("have").number(f.have).key("verified");
  write_time(w, f.verified);
  write_cause(w, f.from);
  write_parts(w, of, s, f);
  w.key("changed");
  write_time(w, content ? content->modified : wall_time{});
  w.key("subscribers").number(of.subscribers ? of.subscribers(s.path()) : std::size_t{0});
  write_next(w, of, page, f);
  write_version_cause(w, of, page);
  write_last(w, of, s, f);
  write_floor(w, f);
  w.end_object();
  return out;
}

}  // namespace freshet
