#pragma once

#include <string>
#include <string_view>

#include "connectors/bus/envelope/envelope.hpp"
#include "net/amqp/delivery.hpp"

namespace freshet {

/// Reads what a broker delivered as an event.
///
/// Shape:    /msg is the body, any JSON value; /headers as AMQP sent them. Time: the header
///           `sent-at`, else the property `timestamp`, else `arrived`. Identity: message_id; a
///           message without one is known by its bytes.
/// Errors:   as envelope_decoder says, "encoding" (neither absent nor UTF-8), and what the delivery
///           itself was refused for.
/// Lifetime: the event borrows from the decoder until its next decode.
/// Threads:  the owner's only.
/// Source:   WIRE.md section 2. Schema, severity, sent-at and encoding are optional; the first two
///           are headers like any other.
class delivery_decoder {
 public:
  delivery_decoder(std::string bus, std::size_t max_message)
      : decoder_(std::move(bus), max_message) {}

  decoded_message decode(const amqp_delivery& message, wall_time arrived);
  /// Out of the locker.
  decoded_message decode_envelope(std::string_view envelope, wall_time arrived) {
    return decoder_.decode(envelope, arrived);
  }
  /// Of the last decode(), whether it was good or not.
  const std::string& envelope() const { return envelope_; }

 private:
  envelope_decoder decoder_;
  std::string envelope_;
};

}  // namespace freshet
