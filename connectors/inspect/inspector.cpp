#include "connectors/inspect/inspector.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/inspect/drift_view.hpp"
#include "connectors/inspect/event_explanation.hpp"
#include "connectors/inspect/json_time.hpp"
#include "connectors/inspect/locker_view.hpp"
#include "connectors/inspect/page_explanation.hpp"
#include "connectors/rules/bus_reach.hpp"
#include "core/observe/rough_duration.hpp"

namespace freshet {
namespace {

constexpr std::size_t paths_shown = 20;

std::string_view text_of(circuit_breaker::state state) {
  switch (state) {
    case circuit_breaker::state::closed:
      return "closed";
    case circuit_breaker::state::open:
      return "open";
    case circuit_breaker::state::half_open:
      return "half_open";
  }
  return "closed";
}

}  // namespace

inspector::inspector(inspected of) : of_(std::move(of)), work_(of_.store), census_(of_.store) {
  for (std::size_t i = 0; i < of_.settings.buses.size(); ++i)
    reach_.push_back(reach_of_bus(of_.settings, i));
  register_gauges();
  register_bus_gauges();
}

void inspector::register_bus_gauges() {
  for (std::size_t i = 0; i < of_.events.buses(); ++i) {
    const ::freshet::metrics::labels bus{{"bus", of_.settings.buses[i].name}};
    of_.counts.make_gauge(
        "freshet_bus_gap_since_seconds",
        "Since when messages of the bus may be missing, as seconds of the epoch; 0 = whole.",
        [this, i] {
          const auto is = state_of(i);
          auto gap = is.stream.open;
          if (!gap && is.unverified > 0) gap = is.stream.lost;
          if (!gap) return 0.0;
          return std::chrono::duration<double>(gap->since.time_since_epoch()).count();
        },
        bus);
    of_.counts.make_gauge(
        "freshet_bus_unverified_pages",
        "Pages that the bus concerns and that may have missed events.",
        [this, i] { return static_cast<double>(state_of(i).unverified); }, bus);
    of_.counts.make_gauge(
        "freshet_catch_up_running", "1 while the bus' history is read to close a gap.",
        [this, i] { return state_of(i).stream.catching_up ? 1.0 : 0.0; }, bus);
  }
}

void inspector::register_gauges() {
  const auto show = [&](const char* state, std::size_t page_tally::* which) {
    for (std::size_t i = 0; i < of_.settings.pages.size(); ++i)
      of_.counts.make_gauge(
          "freshet_pages",
          "Pages by state: known = cached + missing; stale and unverified are cached.",
          [this, which, i] {
            const auto& all = census_.tallies(of_.time.now(), std::chrono::seconds{1});
            return static_cast<double>(all[i].*which);
          },
          {{"page", of_.settings.pages[i].name}, {"state", state}});
  };
  show("known", &page_tally::known);
  show("cached", &page_tally::cached);
  show("missing", &page_tally::missing);
  show("stale", &page_tally::stale);
  show("unverified", &page_tally::unverified);
  show("parked", &page_tally::parked);
}

bool inspector::tick(mono_time now) {
  const bool counting = census_.tick(now);
  return work_.slice(now) || counting;
}

inspector::readiness inspector::ready() const {
  readiness out;
  if (!started_) out.missing.emplace_back("starting");
  if (draining_) out.missing.emplace_back("draining");
  out.ready = out.missing.empty();
  out.strict = out.ready;
  for (std::size_t i = 0; i < of_.events.buses(); ++i) {
    auto troubles = troubles_of(state_of(i), of_.time.wall_now());
    out.strict = out.strict && troubles.empty();
    for (auto& each : troubles) out.degraded.push_back(std::move(each));
  }
  if (of_.kept != nullptr && of_.kept->size() > 0)
    out.degraded.push_back(fmt::format("locker: {} events wait", of_.kept->size()));
  for (const auto* up : of_.upstreams) {
    if (up != nullptr && up->breaker().now_state() != circuit_breaker::state::closed)
      out.degraded.push_back(fmt::format("upstream {}: breaker open", up->name()));
  }
  if (of_.troubles)
    for (auto& each : of_.troubles()) out.degraded.push_back(std::move(each));
  if (const auto parked = of_.store.book().parked(); parked > 0)
    out.degraded.push_back(fmt::format("pages: {} parked", parked));
  std::size_t unverified = 0;
  for (const auto& each : census_.tallies(of_.time.now(), std::chrono::seconds{1}))
    unverified += each.unverified;
  if (unverified > 0)
    out.degraded.push_back(
        fmt::format("pages: {} unverified, events may have been missed", unverified));
  if (const auto& memory = of_.store.memory(); !memory.admits())
    out.degraded.push_back(fmt::format("memory: over the limit by {} MiB, new pages are refused",
                                       (memory.used() - memory.limit()) >> 20));
  return out;
}

result<std::string> inspector::explain_page(std::string_view target) const {
  const auto match = of_.store.pages().find(target);
  if (match.what == page_match::outcome::invalid) return fail(errc::malformed, match.detail);
  if (match.what == page_match::outcome::unknown)
    return fail(errc::missing, fmt::format("no page has this path; the nearest: {}",
                                           fmt::join(of_.store.pages().nearest(target), ", ")));
  const auto page = of_.store.find(match.canonical);
  if (page == no_page)
    return fail(errc::missing, fmt::format("{} is not known: nobody asked for it yet, or it was "
                                           "evicted or purged",
                                           match.canonical));
  return explain_known_page(of_, page);
}

result<std::string> inspector::explain_event(std::string_view event_id) const {
  const auto found = of_.events.find(event_id);
  if (found.empty())
    return fail(errc::missing, fmt::format("no event of this id among the newest {}",
                                           of_.events.remembered().size()));
  return explain_known_event(of_, found);
}

/// Some of the pages that gave up, and why.
void inspector::write_parked(json::writer& w, const page_tally& t) const {
  w.key("parked_pages").begin_array();
  for (const auto page : t.parked_some) {
    const auto* s = of_.store.slot_of(page);
    if (s == nullptr || of_.store.book().state(page) != freshness_state::parked) continue;
    const auto is = of_.store.book().status(page);
    w.begin_object().key("page").string(s->path()).key("error");
    const auto bad = std::find_if(is.parts.begin(), is.parts.end(),
                                  [](const part_freshness& p) { return p.failure != nullptr; });
    if (bad == is.parts.end()) {
      w.null();
    } else {
      w.string(bad->failure->text());
    }
    w.end_object();
  }
  w.end_array();
}

std::string inspector::pages() const {
  const auto& tallies = census_.tallies(of_.time.now(), std::chrono::nanoseconds{0});
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const auto& t = tallies[i];
    const auto& page = of_.settings.pages[i];
    w.begin_object().key("name").string(page.name).key("path").string(page.path);
    w.key("known").number(t.known).key("cached").number(t.cached).key("missing").number(t.missing);
    w.key("stale").number(t.stale).key("unverified").number(t.unverified);
    w.key("parked").number(t.parked).key("oldest_verified");
    write_time(w, t.oldest_verified);
    write_drift(w, of_, static_cast<class_id>(i));
    write_parked(w, t);
    w.end_object();
  }
  w.end_array();
  return out;
}

bus_state inspector::state_of(std::size_t bus) const {
  bus_state out;
  out.flow = of_.events.report(bus);
  if (of_.stream) out.stream = of_.stream(bus);
  const auto& all = census_.tallies(of_.time.now(), std::chrono::seconds{1});
  for (std::size_t i = 0; i < all.size(); ++i)
    if (reach_[bus][i]) out.unverified += all[i].unverified;
  return out;
}

std::string inspector::buses() const {
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (std::size_t i = 0; i < of_.events.buses(); ++i) write_bus(w, state_of(i));
  w.end_array();
  return out;
}

std::string inspector::upstreams() const {
  std::string out;
  json::writer w(out);
  w.begin_array();
  for (std::size_t i = 0; i < of_.settings.upstreams.size(); ++i) {
    const auto& from = of_.settings.upstreams[i];
    const auto* up = i < of_.upstreams.size() ? of_.upstreams[i] : nullptr;
    using call_result = guarded_upstream::call_result;
    const auto calls = [up](call_result how) { return up != nullptr ? up->calls(how) : 0; };
    w.begin_object().key("name").string(from.name).key("kind").string(from.kind).key("state");
    if (up != nullptr) {
      w.string(text_of(up->breaker().now_state()));
    } else {
      w.null();
    }
    w.key("waiting").number(up != nullptr ? up->waiting() : std::size_t{0});
    w.key("calls").begin_object().key("ok").number(calls(call_result::ok));
    w.key("error").number(calls(call_result::error));
    w.key("timeout").number(calls(call_result::timeout));
    w.key("refused").number(calls(call_result::refused)).end_object();
    w.key("questions").number(up != nullptr ? up->questions() : std::uint64_t{0});
    w.end_object();
  }
  w.end_array();
  return out;
}

std::string inspector::locker() const {
  return of_.kept == nullptr ? "[]" : locker_view(*of_.kept).list();
}

result<std::string> inspector::locked(std::uint64_t number) const {
  if (of_.kept == nullptr) return fail(errc::missing, "nothing waits");
  return locker_view(*of_.kept).one(number);
}

result<std::string> inspector::replay_locked(std::optional<std::uint64_t> number) {
  if (of_.kept == nullptr) return fail(errc::missing, "nothing waits");
  return locker_view(*of_.kept).replay(number, of_.give_again);
}

result<std::string> inspector::drop_locked(std::optional<std::uint64_t> number) {
  if (of_.kept == nullptr) return fail(errc::missing, "nothing waits");
  return locker_view(*of_.kept).drop(number);
}

result<inspector::target> inspector::resolve(std::string_view text) const {
  target out;
  // Canonical paths may hold ':' and '*' as such; whoever means those writes %3A and %2A.
  if (text.find_first_of(":*") != std::string_view::npos) {
    auto pattern = sse::url_pattern::parse(text);
    if (!pattern) return pattern.error();
    out.pattern = std::move(*pattern);
    of_.store.for_each_known([&](const slot& s) {
      if (out.pattern->matches(s.path())) out.pages.push_back(s.ref);
    });
    return out;
  }
  out.one = of_.store.pages().find(text);
  if (out.one.what == page_match::outcome::invalid) return fail(errc::malformed, out.one.detail);
  if (out.one.what == page_match::outcome::unknown)
    return fail(errc::missing, fmt::format("no page has this path; the nearest: {}",
                                           fmt::join(of_.store.pages().nearest(text), ", ")));
  if (const auto page = of_.store.find(out.one.canonical); page != no_page)
    out.pages.push_back(page);
  return out;
}

result<page_ref> inspector::make_known(const page_match& one) {
  const auto& page = of_.settings.pages[one.key.page];
  if (!page.store)
    return fail(errc::malformed, fmt::format("page {} has store = false: it is answered per "
                                             "request and never kept",
                                             page.name));
  const auto made = of_.store.know(one.key, one.canonical);
  if (made == no_page) return fail(errc::overloaded, "memory is full of pages that are in use");
  return made;
}

result<void> inspector::do_all(target t, page_work::kind what) {
  const auto now = of_.time.now();
  if (!t.pattern) {
    for (const auto page : t.pages) work_.do_now(page, what, lane::visitor, now);
    return {};
  }
  auto begun = work_.begin(std::move(*t.pattern), std::move(t.pages), what, now);
  if (begun && work_.busy() && of_.work) of_.work();
  return begun;
}

void inspector::write_paths(json::writer& w, const std::vector<page_ref>& pages) const {
  w.key("paths").begin_array();  // some of them
  for (std::size_t i = 0; i < std::min(pages.size(), paths_shown); ++i)
    w.string(of_.store.slot_of(pages[i])->path());
  w.end_array();
}

result<std::string> inspector::rebuild(std::string_view pattern) {
  auto found = resolve(pattern);
  if (!found) return found.error();
  if (!found->pattern && found->pages.empty()) {
    const auto made = make_known(found->one);
    if (!made) return made.error();
    found->pages.push_back(*made);
  }
  std::string out;
  json::writer w(out);
  w.begin_object().key("pages").number(found->pages.size());
  write_paths(w, found->pages);
  w.end_object();
  if (const auto done = do_all(std::move(*found), page_work::kind::rebuild); !done)
    return done.error();
  return out;
}

result<std::string> inspector::purge(std::string_view pattern, bool dry_run) {
  auto found = resolve(pattern);
  if (!found) return found.error();
  std::string out;
  json::writer w(out);
  w.begin_object().key("pages").number(found->pages.size()).key("dry_run").boolean(dry_run);
  write_paths(w, found->pages);
  w.end_object();
  if (dry_run) return out;
  if (const auto done = do_all(std::move(*found), page_work::kind::purge); !done)
    return done.error();
  return out;
}

result<std::string> inspector::reload() {
  if (!of_.reload) return fail(errc::not_built_in, "this server was started without a file");
  return of_.reload();
}

}  // namespace freshet
