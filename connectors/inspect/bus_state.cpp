#include "connectors/inspect/bus_state.hpp"

#include <fmt/format.h>

#include "connectors/inspect/json_time.hpp"
#include "core/observe/rough_duration.hpp"

namespace freshet {
namespace {

std::string ago(wall_time since, wall_time now) {
  return rough_duration(std::max<wall_time::duration>(now - since, {}));
}

int percent(const stream_report::walk& walk) {
  const auto all = std::max<wall_time::duration>(walk.to - walk.from, wall_time::duration{1});
  return static_cast<int>(100 * (walk.reached - walk.from) / all);
}

std::string catching_up(const stream_report::walk& walk, wall_time now) {
  if (walk.failures > 0)
    return fmt::format("what came since {} ago is not known: its history fails {} times: {}",
                       ago(walk.from, now), walk.failures, walk.error);
  return fmt::format("catching up on {}, {} %, {} messages, {} of them missed",
                     rough_duration(walk.to - walk.from), percent(walk), walk.messages,
                     walk.missed);
}

void write_gap(json::writer& w, std::string_view name,
               const std::optional<stream_report::gap>& gap) {
  w.key(name);
  if (!gap) {
    w.null();
    return;
  }
  w.begin_object().key("why").string(name_of(gap->why)).key("since");
  write_time(w, gap->since);
  w.end_object();
}

void write_walk(json::writer& w, const stream_report& stream) {
  w.key("catch_up");
  if (!stream.catching_up) {
    w.null();
    return;
  }
  const auto& walk = *stream.catching_up;
  w.begin_object().key("from");
  write_time(w, walk.from);
  w.key("to");
  write_time(w, walk.to);
  w.key("reached");
  write_time(w, walk.reached);
  w.key("messages").number(walk.messages).key("missed").number(walk.missed);
  w.key("requests").number(walk.requests).key("failures").number(walk.failures).key("error");
  if (walk.error.empty()) {
    w.null();
  } else {
    w.string(walk.error);
  }
  w.end_object();
}

}  // namespace

std::vector<std::string> troubles_of(const bus_state& bus, wall_time now) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& what) {
    out.push_back(fmt::format("bus {}: {}", bus.flow.name, what));
  };
  const auto& stream = bus.stream;
  if (!bus.flow.up) add(stream.down_for.empty() ? "down" : "down: " + stream.down_for);
  if (!bus.flow.signatures.empty()) add(bus.flow.signatures);
  if (bus.flow.silent_since) add("silent for " + rough_duration(bus.flow.silent_for));
  for (const auto& quiet : stream.quiet)
    if (!quiet.pattern.empty())
      add(fmt::format("topics {} silent for {}", quiet.pattern, rough_duration(quiet.for_now)));
  if (stream.catching_up) {
    add(catching_up(*stream.catching_up, now));
  } else if (stream.open) {
    add(fmt::format("what came since {} ago is being looked for ({})", ago(stream.open->since, now),
                    name_of(stream.open->why)));
  }
  if (stream.lost && bus.unverified > 0)
    add(fmt::format("{} pages unverified: messages since {} ago may not have come ({}): {}",
                    bus.unverified, ago(stream.lost->since, now), name_of(stream.lost->why),
                    stream.lost_for));
  return out;
}

void write_bus(json::writer& w, const bus_state& bus) {
  const auto& flow = bus.flow;
  w.begin_object().key("name").string(flow.name).key("kind").string(flow.kind);
  w.key("up").boolean(flow.up).key("messages").number(flow.messages);
  w.key("dropped").number(flow.dropped).key("duplicates").number(flow.duplicates);
  w.key("last_event");
  write_time(w, flow.last_event.value_or(wall_time{}));
  w.key("silent_since");
  write_time(w, flow.silent_since.value_or(wall_time{}));
  w.key("silent_topics").begin_array();
  for (const auto& quiet : bus.stream.quiet)
    if (!quiet.pattern.empty()) w.string(quiet.pattern);
  w.end_array();
  write_gap(w, "gap", bus.stream.open);
  write_walk(w, bus.stream);
  write_gap(w, "lost", bus.unverified > 0 ? bus.stream.lost : std::nullopt);
  w.key("unverified").number(bus.unverified);
  w.key("unjudged_publishers").number(bus.stream.unjudged_publishers).end_object();
}

}  // namespace freshet
