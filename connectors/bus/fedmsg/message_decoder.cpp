#include "connectors/bus/fedmsg/message_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/json/wide_integers.hpp"
#include "core/text/timestamp.hpp"

namespace freshet {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t topic_max = 1024;
constexpr std::size_t kept_capacity = 1u << 20;

bool usable_topic(std::string_view topic) {
  if (topic.empty() || topic.size() > topic_max) return false;
  unsigned char all = 0;
  for (const char c : topic) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
    all |= byte;
  }
  return all < 0x80 || simdjson::validate_utf8(topic.data(), topic.size());
}

std::optional<element> member(object from, std::string_view name) {
  element found;
  if (from.at_key(name).get(found)) return {};
  return found;
}

std::string_view text_member(object from, std::string_view name) {
  std::string_view text;
  if (auto found = member(from, name); found && found->get(text) == simdjson::SUCCESS) return text;
  return {};
}

/// Seconds since the epoch, whole or not; anything else (null, text, out of the calendar) is no
/// time.
std::optional<wall_time> time_of(object message) {
  const auto found = member(message, "timestamp");
  double seconds = 0;
  if (!found || found->get(seconds)) return {};
  constexpr double year_9999 = 253'402'300'800.0;
  if (!std::isfinite(seconds) || seconds <= 0 || seconds >= year_9999) return {};
  const auto micros = static_cast<std::int64_t>(std::llround(seconds * 1e6));
  // The clock counts nanoseconds in 63 bits, which end in 2262.
  if (micros > std::numeric_limits<std::int64_t>::max() / 1000) return {};
  return wall_time{
      std::chrono::duration_cast<wall_time::duration>(std::chrono::microseconds{micros})};
}

void fill(event& out, object root) {
  out.members = root;
  out.id = text_member(root, "msg_id");
  if (out.id.empty()) out.id = text_member(root, "id");
  out.time = time_of(root);
  if (auto headers = member(root, "headers"); headers && headers->is_object()) {
    out.headers = headers->get_object().value_unsafe();
    // fedora-messaging has its time there.
    if (!out.time) out.time = parse_timestamp(text_member(*out.headers, "sent-at"));
  }
  out.msg = member(root, "msg");
  if (!out.msg) out.msg = member(root, "body");
}

}  // namespace

message_decoder::message_decoder(std::string bus, std::size_t max_message)
    : bus_(std::move(bus)), max_message_(max_message) {}

void message_decoder::fit(std::size_t bytes) {
  const bool oversized = capacity_ > kept_capacity && bytes <= kept_capacity;
  if (parser_ && bytes <= capacity_ && !oversized) return;
  buffer_.reset();
  parser_.reset();  // its tape is several times the message: dropped before the new one is made
  capacity_ = std::max<std::size_t>(bytes, 16 * 1024);
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
  parser_ = std::make_unique<simdjson::dom::parser>();
}

std::string_view message_decoder::parse(std::string_view text, element& root) {
  if (text.size() > max_message_) return "too_large";
  if (text.empty()) return "malformed";
  fit(text.size());
  std::memcpy(buffer_.get(), text.data(), text.size());
  std::memset(buffer_.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  auto failed = parser_->parse(buffer_.get(), text.size(), false).get(root);
  if (std::string wide; failed == simdjson::NUMBER_ERROR && json::widen_integers(text, wide))
    failed = parser_->parse(wide).get(root);
  if (failed == simdjson::MEMALLOC) throw std::bad_alloc();
  return failed || !root.is_object() ? "malformed" : "";
}

decoded_message message_decoder::decode_frames(std::string_view topic, std::string_view body) {
  decoded_message out;
  element root;
  if (!usable_topic(topic)) {
    out.drop = "bad_topic";
  } else {
    out.drop = parse(body, root);
  }
  if (!out) return out;
  out.value.bus = bus_;
  out.value.topic = topic;
  out.value.bytes = body;
  const auto members = root.get_object().value_unsafe();
  fill(out.value, members);
  const auto inner = text_member(members, "topic");
  out.topic_differs = !inner.empty() && inner != topic;
  return out;
}

decoded_message message_decoder::decode_line(std::string_view line) {
  decoded_message out;
  element root;
  out.drop = parse(line, root);
  if (!out) return out;
  const auto members = root.get_object().value_unsafe();
  out.value.topic = text_member(members, "topic");
  if (!usable_topic(out.value.topic)) {
    out.drop = "bad_topic";
    return out;
  }
  out.value.bus = bus_;
  out.value.bytes = line;
  fill(out.value, members);
  if (!out.value.msg) out.value.msg = root;
  return out;
}

}  // namespace freshet
