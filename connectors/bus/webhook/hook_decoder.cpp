#include "connectors/bus/webhook/hook_decoder.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/config/webhook_settings.hpp"
#include "core/json/writer.hpp"
#include "net/http/head/characters.hpp"

namespace freshet {
namespace {

/// What holds a secret, or was made with one: by SHA-1 beside the one that is checked, too.
constexpr std::array<std::string_view, 7> secrets{
    "authorization",         "proxy-authorization", "cookie",
    "x-hub-signature",       "x-hub-signature-256", "x-pagure-signature",
    "x-pagure-signature-256"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return http::lower(c); });
  return out;
}

}  // namespace

result<hook_decoder> hook_decoder::create(const config::bus_settings& settings) {
  auto topic = topic_template::parse(settings.webhook->topic);
  if (!topic) return topic.error();
  return hook_decoder(settings, std::move(*topic));
}

hook_decoder::hook_decoder(const config::bus_settings& settings, topic_template topic)
    : proof_(settings.webhook->header),
      id_(settings.webhook->id),
      topic_(std::move(topic)),
      first_(settings.name, settings.max_message + around_body_max),
      decoder_(settings.name, settings.max_message) {}

void hook_decoder::write_headers(std::string_view fields) {
  headers_.clear();
  json::writer w(headers_);
  w.begin_object();
  std::set<std::string> written(secrets.begin(), secrets.end());
  written.insert(proof_);
  while (!fields.empty()) {
    const auto stop = fields.find("\r\n");
    const auto line = fields.substr(0, stop);
    fields.remove_prefix(stop == fields.npos ? fields.size() : stop + 2);
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    auto name = lower(line.substr(0, colon));
    if (!written.insert(name).second) continue;
    w.key(name).string(http::trim(line.substr(colon + 1)));
  }
  w.end_object();
}

decoded_message hook_decoder::decode(std::string_view fields, std::string_view body,
                                     wall_time arrived) {
  write_headers(fields);
  // Which topic it is, it says itself.
  write_envelope({"?", {}, {}, headers_, body}, draft_);
  envelope_ = draft_;
  auto known = first_.decode_line(draft_);
  if (!known) return known;
  known.value.members.reset();  // ours, not the sender's
  known.value.topic = {};
  const auto topic = topic_.make(known.value);
  std::vector<std::string> ids;
  static_cast<void>(take_first(id_, known.value, nullptr, ids));
  write_envelope({topic, ids.empty() ? std::string_view() : ids.front(), {}, headers_, body},
                 envelope_);
  return decoder_.decode(envelope_, arrived);
}

}  // namespace freshet
