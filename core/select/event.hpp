#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "core/clock.hpp"

namespace freshet {

/// One message of a bus as rules see it: the same envelope on every bus (`/bus /topic /id /time
/// /headers /msg`, and the other members of the message, such as `/username` and `/i`).
///
/// Shape:    `topic` is frame 1 (AMQP: routing key), whole; `id` is empty when the message has
///           none; `msg` is absent only for a message without a body; `members` is the whole
///           message where the bus has one around `msg`.
/// Lifetime: borrows from the bus's buffer and its simdjson parser: valid during one synchronous
///           call, never across a co_await.
struct event {
  std::string_view bus;
  std::string_view topic;
  std::string_view id;
  std::optional<wall_time> time;
  std::optional<simdjson::dom::element> msg;
  std::optional<simdjson::dom::object> headers;
  std::optional<simdjson::dom::object> members;
  std::string_view bytes;  // the body as received: its hash is the identity of a message without id
};

}  // namespace freshet
