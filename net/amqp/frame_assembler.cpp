#include "net/amqp/frame_assembler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/amqp/field_table.hpp"

namespace freshet {
namespace {

void read_properties(const amqp_basic_properties_t& from, amqp_delivery& into) {
  const auto has = [&](amqp_flags_t flag) { return (from._flags & flag) != 0; };
  if (has(AMQP_BASIC_MESSAGE_ID_FLAG)) into.message_id = view_of(from.message_id);
  if (has(AMQP_BASIC_CONTENT_ENCODING_FLAG)) into.content_encoding = view_of(from.content_encoding);
  if (has(AMQP_BASIC_TIMESTAMP_FLAG)) into.timestamp = from.timestamp;
  if (has(AMQP_BASIC_HEADERS_FLAG) && !append_table(into.headers, from.headers)) {
    into.headers.clear();
    into.refused = "bad_headers";
  }
}

}  // namespace

std::string said(std::uint16_t code, const amqp_bytes_t& text) {
  auto out = fmt::format("{} {}", code, view_of(text));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

frame_assembler::outcome frame_assembler::broken(const char* why) {
  why_ = why;
  return outcome::broken;
}

frame_assembler::outcome frame_assembler::feed(const amqp_frame_t& frame) {
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return method(frame.payload.method);
    case AMQP_FRAME_HEADER:
      return header(frame);
    case AMQP_FRAME_BODY:
      return body(frame.payload.body_fragment);
    default:
      return outcome::more;  // a heartbeat
  }
}

frame_assembler::outcome frame_assembler::method(const amqp_method_t& method) {
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* told = static_cast<const amqp_connection_close_t*>(method.decoded);
    why_ = said(told->reply_code, told->reply_text);
    return outcome::closed;
  }
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* told = static_cast<const amqp_channel_close_t*>(method.decoded);
    why_ = said(told->reply_code, told->reply_text);
    return outcome::closed;
  }
  if (expecting_ != expecting::method) return broken("a method inside a message");
  if (method.id == AMQP_BASIC_CANCEL_METHOD) return outcome::cancelled;
  if (method.id != AMQP_BASIC_DELIVER_METHOD) return outcome::more;  // connection.blocked
  const auto* told = static_cast<const amqp_basic_deliver_t*>(method.decoded);
  message_ = {};
  message_.tag = told->delivery_tag;
  message_.redelivered = told->redelivered != 0;
  message_.topic = view_of(told->routing_key);
  expecting_ = expecting::header;
  return outcome::more;
}

frame_assembler::outcome frame_assembler::header(const amqp_frame_t& frame) {
  if (expecting_ != expecting::header) return broken("a header without a message");
  const auto& of = frame.payload.properties;
  if (of.class_id != AMQP_BASIC_CLASS) return broken("a header of another class");
  read_properties(*static_cast<const amqp_basic_properties_t*>(of.decoded), message_);
  message_.size = of.body_size;
  if (message_.size > max_message_) message_.refused = "too_large";
  received_ = 0;
  expecting_ = message_.size == 0 ? expecting::method : expecting::body;
  return message_.size == 0 ? outcome::message : outcome::more;
}

frame_assembler::outcome frame_assembler::body(const amqp_bytes_t& bytes) {
  if (expecting_ != expecting::body) return broken("a body without a header");
  const auto part = view_of(bytes);
  if (part.size() > message_.size - received_) return broken("a body longer than its header said");
  received_ += part.size();
  const auto most = message_.refused == "too_large" ? sample : max_message_;
  message_.body += part.substr(0, most - std::min(most, message_.body.size()));
  if (received_ < message_.size) return outcome::more;
  expecting_ = expecting::method;
  return outcome::message;
}

amqp_delivery frame_assembler::take() { return std::exchange(message_, {}); }

}  // namespace freshet
