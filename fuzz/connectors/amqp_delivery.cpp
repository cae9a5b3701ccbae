/// Topic, id, encoding and headers on a line each, then a body: an event is what the parts say,
/// whatever the body does to get out of its place.
#include "connectors/bus/amqp/delivery_decoder.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/strict_json.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  static delivery_decoder decoder("b", 1 << 16), again("b", 1 << 16);
  static json::reader reader(1 << 20), headers_reader(1 << 20);
  fuzz::input in(data, size);
  amqp_delivery message;
  message.topic = in.line();
  message.message_id = in.line();
  message.content_encoding = in.line();
  message.headers = in.line();
  message.body = in.rest();
  message.size = message.body.size();
  const auto headers = headers_reader.read(message.headers);
  const bool has_headers = headers && headers->is_object();
  if (!has_headers) message.headers.clear();  // they are our own text, always an object
  const auto got = decoder.decode(message, wall_time{std::chrono::seconds{1}});
  const auto body = reader.read(message.body);
  require(got.drop.empty() == static_cast<bool>(got), "an event, or why there is none");
  if (!got) {
    // One level more is around it than it has by itself.
    const bool fits = body && fuzz::strict_json(message.body).depth() + 1 < json::reader::depth_max;
    require(!fits || got.drop == "encoding" || got.drop == "bad_topic",
            "JSON is refused for its encoding or its topic only");
    return 0;
  }
  if (!body) {
    // The reader refuses what is deeper than 64 levels, so it may be stricter, never laxer.
    static simdjson::dom::parser deep;
    simdjson::dom::element found;
    require(!deep.parse(message.body).get(found), "a body that is no JSON is no event");
    return 0;
  }
  require(got.value.msg && simdjson::minify(*got.value.msg) == simdjson::minify(*body),
          "/msg is the body");
  require(got.value.time.has_value() && !got.value.members, "a time, and nothing beside");
  if (fuzz::is_utf8(message.topic)) require(got.value.topic == message.topic, "the routing key");
  if (fuzz::is_utf8(message.message_id)) require(got.value.id == message.message_id, "message_id");
  require(got.value.headers.has_value() == has_headers, "headers");
  const std::string kept = decoder.envelope();
  const auto second = again.decode_envelope(kept, wall_time{});
  require(second && second.value.topic == got.value.topic && second.value.id == got.value.id,
          "out of the locker it is the same");
  return 0;
}
