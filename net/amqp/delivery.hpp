#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet {

/// One message as a broker delivered it.
///
/// Shape:    `headers` is a JSON object as text, "" when there were none. `refused` is empty, or a
///           literal that says why the message is none: "too_large" (then `body` is its beginning)
///           or "bad_headers". `size` is the body's, whole.
/// Lifetime: a value.
struct amqp_delivery {
  std::uint64_t tag = 0;  // of the broker, counts up on one connection
  bool redelivered = false;
  std::string topic;  // the routing key
  std::string message_id;
  std::string content_encoding;
  std::optional<std::uint64_t> timestamp;  // seconds
  std::string headers;
  std::string body;
  std::uint64_t size = 0;
  std::string_view refused;
};

}  // namespace freshet
