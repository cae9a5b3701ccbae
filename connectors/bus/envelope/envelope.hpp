#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/bus/bus.hpp"
#include "connectors/bus/fedmsg/message_decoder.hpp"

namespace freshet {

/// Headers are bounded by their bus: a frame of AMQP, a head of HTTP. Escaped they may be six times
/// as long.
inline constexpr std::size_t around_body_max = 1u << 20;

/// The parts of a message whose bus has more than one place for them.
struct message_parts {
  std::string_view topic;
  std::string_view id;                       // "" = none
  std::optional<std::uint64_t> timestamp{};  // seconds
  std::string_view headers;                  // a JSON object, or "" = none
  std::string_view body;                     // as it came: nobody has looked at it
};

/// Writes the parts as one text, `{"topic","id","timestamp","headers","body"}`: what an event of
/// such a bus has as its bytes, so that what goes to the locker has everything.
void write_envelope(const message_parts& from, std::string& out);

/// Reads such a text as an event.
///
/// Shape:    /msg is the body, any JSON value; no members beside it. Time: the header `sent-at`,
///           else `timestamp`, else `arrived`.
/// Errors:   as decoded_message says; a body that is not one JSON value is malformed, also when the
///           text as a whole is JSON by its help.
/// Lifetime: the event borrows from the decoder and from the text.
/// Threads:  the owner's only.
class envelope_decoder {
 public:
  /// `max_message`: of the body.
  envelope_decoder(std::string bus, std::size_t max_message);

  decoded_message decode(std::string_view envelope, wall_time arrived);

 private:
  message_decoder decoder_;
};

/// To whom it belongs; `bytes` are what a bus takes again.
inline void hand_over(const decoded_message& message, std::string_view topic,
                      std::string_view bytes, const event_sink& on_event,
                      const drop_sink& on_drop) {
  if (message) {
    on_event(message.value);
  } else {
    on_drop({message.drop, topic, bytes});
  }
}

}  // namespace freshet
