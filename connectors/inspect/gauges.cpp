#include "connectors/inspect/gauges.hpp"

#include <memory>
#include <utility>

#include "connectors/inspect/page_tally.hpp"

namespace freshet {
namespace {

/// One look at all pages serves every gauge of a scrape.
class tally_of_scrape {
 public:
  tally_of_scrape(const page_store& store, const clock& time) : store_(store), time_(time) {}

  const page_tally& of(class_id page) {
    const auto now = time_.now();
    if (tallies_.empty() || now - counted_ >= std::chrono::seconds{1}) {
      tallies_ = tally_pages(store_);
      counted_ = now;
    }
    return tallies_[page];
  }

 private:
  const page_store& store_;
  const clock& time_;
  std::vector<page_tally> tallies_;
  mono_time counted_{};
};

void register_pages(metrics& m, const gauge_sources& from) {
  const auto tally = std::make_shared<tally_of_scrape>(from.store, from.time);
  const auto show = [&](const char* state, std::size_t page_tally::* which) {
    for (std::size_t i = 0; i < from.settings.pages.size(); ++i)
      m.make_gauge("freshet_pages",
                   "Pages by state: known = cached + missing; stale and unverified are cached.",
                   [tally, which, i] {
                     return static_cast<double>(tally->of(static_cast<class_id>(i)).*which);
                   },
                   {{"page", from.settings.pages[i].name}, {"state", state}});
  };
  show("known", &page_tally::known);
  show("cached", &page_tally::cached);
  show("missing", &page_tally::missing);
  show("stale", &page_tally::stale);
  show("unverified", &page_tally::unverified);
  show("parked", &page_tally::parked);
}

}  // namespace

void register_gauges(metrics& m, gauge_sources from) {
  const auto& store = from.store;
  m.make_gauge("freshet_queue_pages", "Pages that wait for their refresh.",
               [&store] { return static_cast<double>(store.book().queued()); });
  m.make_gauge("freshet_refreshes_running", "Refreshes that are up.",
               [&store] { return static_cast<double>(store.book().running()); });
  for (std::size_t i = 0; i < memory_kinds; ++i) {
    const auto kind = static_cast<memory_kind>(i);
    m.make_gauge("freshet_memory_bytes", "Bytes that count against `memory`, by kind.",
                 [&store, kind] { return static_cast<double>(store.memory().used(kind)); },
                 {{"kind", std::string(name_of(kind))}});
  }
  m.make_gauge("freshet_memory_limit_bytes", "The limit `memory`.",
               [&store] { return static_cast<double>(store.memory().limit()); });
  register_pages(m, from);
  m.make_gauge(
      "freshet_sse_subscribers", "Event streams that are open.",
      [ask = std::move(from.sse_subscribers)] { return ask ? static_cast<double>(ask()) : 0.0; });
  m.make_asked_counter(
      "freshet_sse_events_total", "Events that streams were told.",
      [ask = std::move(from.sse_events)] { return ask ? static_cast<double>(ask()) : 0.0; });
  m.make_gauge("freshet_build_info", "1; the labels say what runs.", [] { return 1.0; },
               {{"version", from.version}, {"compiler", __VERSION__}});
}

std::function<void(const change&)> observe_event_to_push(metrics& m, const clock& time) {
  auto& seconds = m.make_histogram(
      "freshet_event_to_push_seconds",
      "From the arrival of an event to the first SSE frame that leaves for what it changed.");
  return [&seconds, &time](const change& c) {
    seconds.observe(std::chrono::duration<double>(time.now() - c.received).count());
  };
}

}  // namespace freshet
