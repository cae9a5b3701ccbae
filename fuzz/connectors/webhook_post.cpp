/// Field lines up to an empty one, then a body, read as a POST: the topic is words of ours and of
/// theirs, and no secret is in what is kept.
#include "connectors/bus/webhook/hook_decoder.hpp"
#include "core/config/webhook_settings.hpp"
#include "core/json/validate.hpp"
#include "fuzz/support/strict_json.hpp"
#include "fuzz/support/target.hpp"

namespace {

freshet::hook_decoder made() {
  freshet::config::bus_settings settings;
  settings.name = "hook";
  auto hook = std::make_shared<freshet::config::webhook_settings>();
  hook->topic = "t.{/headers/x-event}.{/msg/action}";
  hook->header = "x-signature";
  hook->id.push_back(freshet::selector::from_pointer("/msg/id").value());
  settings.webhook = hook;
  settings.max_message = 1 << 16;
  return freshet::hook_decoder::create(settings).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet;
  using fuzz::require;
  static auto decoder = made();
  static json::reader reader(1 << 20);
  fuzz::input in(data, size);
  std::string fields = "Authorization: Bearer open-sesame\r\n";
  while (!in.done()) {
    const auto line = in.line();
    if (line.empty()) break;
    fields += std::string(line) + "\r\n";
  }
  const auto body = in.rest();
  const auto got = decoder.decode(fields, body, wall_time{});
  if (body.find("open-sesame") == body.npos && fields.find("open-sesame", 40) == fields.npos)
    require(decoder.envelope().find("open-sesame") == std::string::npos, "no secret is kept");
  const auto read = reader.read(body);
  if (!got) {
    // One level more is around it than it has by itself.
    const bool fits = read && fuzz::strict_json(body).depth() + 1 < json::reader::depth_max;
    require(!fits || got.drop == "bad_topic", "JSON is refused for its topic only");
    return 0;
  }
  require(got.value.topic.starts_with("t"), "the template's word");
  require(got.value.headers && got.value.msg, "both parts");
  if (read)
    require(simdjson::minify(*got.value.msg) == simdjson::minify(*read), "/msg is the body");
  return 0;
}
