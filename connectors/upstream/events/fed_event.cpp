#include "connectors/upstream/events/fed_event.hpp"

#include <fmt/format.h>

#include "connectors/ingest/dedupe.hpp"
#include "core/json/pointer.hpp"
#include "core/json/slices.hpp"
#include "core/json/writer.hpp"

namespace freshet {
namespace {

std::int64_t micros(wall_time at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

/// The bytes of `/msg`: with a message around it they stand in `msg`, else in `body`, as the
/// decoders say; without one the message is all there is.
std::string_view msg_in(const event& e) {
  if (!e.msg) return {};
  if (!e.members) return json::trimmed(e.bytes);
  for (const auto* name : {"/msg", "/body"}) {
    const auto slice = json::slice_at(e.bytes, *json::pointer::parse(name));
    if (!slice.empty()) return slice;
  }
  return json::trimmed(e.bytes);
}

}  // namespace

fed_event fed_event::from(const event& e, wall_time received) {
  fed_event out;
  const auto id = identity_of(e);
  out.identity = fmt::format("{:016x}{:016x}", id.first, id.second);
  out.time = micros(e.time.value_or(received));
  json::writer w(out.document);
  w.begin_object().key("id");
  e.id.empty() ? w.null() : w.string(e.id);
  w.key("topic").string(e.topic).key("bus").string(e.bus).key("time");
  if (e.time) {
    const auto at = micros(*e.time);
    const auto seconds = at / 1'000'000, rest = at % 1'000'000;
    // Before 1970 a fraction is not worth its trouble.
    w.raw(rest <= 0 ? fmt::format("{}", seconds) : fmt::format("{}.{:06}", seconds, rest));
  } else {
    w.null();
  }
  const auto msg = msg_in(e);
  w.key("msg");
  if (!msg.empty() && msg.size() <= msg_bytes_max) {
    w.raw(msg);
  } else {
    w.null().key("msg_bytes").number(msg.size());
  }
  w.end_object();
  return out;
}

}  // namespace freshet
