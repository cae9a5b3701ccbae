/// A topic on one line, then a body; and the whole as one recorded line: a message is decoded or
/// dropped for a reason, and what is decoded is what a plain reading of the JSON says.
#include "connectors/bus/fedmsg/message_decoder.hpp"

#include "core/json/validate.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace {

using namespace freshet;
using fuzz::require;

constexpr std::size_t max_message = 2048;

void check(const decoded_message& got, simdjson::dom::element root, bool is_line) {
  const auto& e = got.value;
  require(e.bus == "b", "the bus");
  require(!e.topic.empty() && e.topic.size() <= 1024 && fuzz::is_utf8(e.topic), "a usable topic");
  require(e.topic.find_first_of(std::string_view("\r\n\0", 3)) == e.topic.npos, "of one line");
  simdjson::dom::element found;
  const bool has_msg = !root["msg"].get(found) || !root["body"].get(found);
  if (has_msg) {
    require(e.msg && simdjson::minify(*e.msg) == simdjson::minify(found), "msg is msg, else body");
  } else {
    require(e.msg.has_value() == is_line, "a line without one is its own message");
  }
  std::string_view id;
  if (!root["msg_id"].get(id) && !id.empty()) require(e.id == id, "msg_id");
  double seconds = 0;
  const bool has_time = !root["timestamp"].get(found) && !found.get(seconds);
  const bool sent_at = !root["headers"]["sent-at"].get(found);
  require(!e.time || has_time || sent_at, "a time comes from the timestamp, or from sent-at");
  if (e.time && !sent_at) {
    const auto since = std::chrono::duration<double>(e.time->time_since_epoch()).count();
    require(std::abs(since - seconds) < 1e-3, "the same moment");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static message_decoder frames("b", max_message), lines("b", max_message);  // used again
  static json::reader reader(1 << 20);
  fuzz::input in(data, size);
  const auto topic = in.line();
  const auto body = in.rest();
  const auto root = reader.read(body);
  const bool object = root && root->is_object() && body.size() <= max_message;

  const auto framed = frames.decode_frames(topic, body);
  require(framed.drop.empty() == static_cast<bool>(framed), "an event, or why there is none");
  if (framed) {
    // The reader refuses what is deeper than 64 levels, so it may be stricter, never laxer.
    if (root) {
      require(object, "only objects are messages");
      require(framed.value.topic == topic, "the frame's topic counts");
      check(framed, *root, false);
    }
  } else {
    require(!object || framed.drop == "bad_topic", "a JSON object is dropped for its topic only");
  }
  const auto line = lines.decode_line(body);
  if (line && root) {
    std::string_view inner;
    require(!(*root)["topic"].get(inner) && inner == line.value.topic, "a line's topic is its own");
    check(line, *root, true);
  }
  return 0;
}
