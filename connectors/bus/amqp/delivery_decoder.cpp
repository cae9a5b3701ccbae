#include "connectors/bus/amqp/delivery_decoder.hpp"

#include <algorithm>

namespace freshet {
namespace {

bool is_utf8_name(std::string_view encoding) {
  std::string lower(encoding);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower.empty() || lower == "utf-8" || lower == "utf8" || lower == "us-ascii" ||
         lower == "ascii";
}

}  // namespace

decoded_message delivery_decoder::decode(const amqp_delivery& message, wall_time arrived) {
  write_envelope(
      {message.topic, message.message_id, message.timestamp, message.headers, message.body},
      envelope_);
  decoded_message out;
  if (!message.refused.empty()) {
    out.drop = message.refused;
  } else if (!is_utf8_name(message.content_encoding)) {
    out.drop = "encoding";
  }
  return out ? decoder_.decode(envelope_, arrived) : out;
}

}  // namespace freshet
