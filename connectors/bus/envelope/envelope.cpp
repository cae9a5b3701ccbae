#include "connectors/bus/envelope/envelope.hpp"

#include "core/json/writer.hpp"

namespace freshet {
namespace {

/// A body that is not one JSON value could end ours early and go on as members of the envelope.
bool is_whole(simdjson::dom::object envelope) {
  bool body_last = false;
  for (const auto [key, value] : envelope) {
    if (body_last) return false;
    body_last = key == "body";
  }
  return body_last;
}

}  // namespace

void write_envelope(const message_parts& from, std::string& out) {
  out.clear();
  out.reserve(from.body.size() + from.headers.size() + from.topic.size() + 160);
  json::writer w(out);
  w.begin_object().key("topic").string(from.topic);
  if (!from.id.empty()) w.key("id").string(from.id);
  // Whoever sends both means the one that Fedora's library writes.
  if (from.timestamp && from.headers.find("\"sent-at\":") == from.headers.npos)
    w.key("timestamp").number(*from.timestamp);
  if (!from.headers.empty()) w.key("headers").raw(from.headers);
  w.key("body").raw(from.body).end_object();
}

envelope_decoder::envelope_decoder(std::string bus, std::size_t max_message)
    : decoder_(std::move(bus), max_message + around_body_max) {}

decoded_message envelope_decoder::decode(std::string_view envelope, wall_time arrived) {
  auto out = decoder_.decode_line(envelope);
  if (!out) return out;
  if (!is_whole(*out.value.members)) {
    out.drop = "malformed";
    return out;
  }
  out.value.members.reset();  // ours, not the publisher's
  if (!out.value.time) out.value.time = arrived;
  return out;
}

}  // namespace freshet
