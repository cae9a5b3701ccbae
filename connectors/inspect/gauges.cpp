#include "connectors/inspect/gauges.hpp"

#include <utility>

namespace freshet {
void register_gauges(metrics& m, gauge_sources from) {
  const auto& store = from.store;
  for (std::size_t i = 0; i < memory_kinds; ++i) {
    const auto kind = static_cast<memory_kind>(i);
    m.make_gauge("freshet_memory_bytes", "Bytes that count against `memory`, by kind.",
                 [&store, kind] { return static_cast<double>(store.memory().used(kind)); },
                 {{"kind", std::string(name_of(kind))}});
  }
  m.make_gauge("freshet_memory_limit_bytes", "The limit `memory`.",
               [&store] { return static_cast<double>(store.memory().limit()); });
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
