#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <list>
#include <string>

namespace freshet::test {

inline amqp_bytes_t bytes_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};
}

/// Frames as the library hands them out; what they point to lives as long as this.
class frames {
 public:
  amqp_frame_t deliver(std::uint64_t tag, const std::string& topic) {
    auto& told = delivers_.emplace_back();
    told.delivery_tag = tag;
    told.routing_key = keep(topic);
    return method(AMQP_BASIC_DELIVER_METHOD, &told);
  }
  amqp_frame_t cancel() { return method(AMQP_BASIC_CANCEL_METHOD, nullptr); }
  amqp_frame_t close(std::uint16_t code, const std::string& text) {
    auto& told = closes_.emplace_back();
    told.reply_code = code;
    told.reply_text = keep(text);
    return method(AMQP_CHANNEL_CLOSE_METHOD, &told);
  }
  amqp_frame_t header(std::uint64_t size, const amqp_basic_properties_t& properties = {}) {
    amqp_frame_t out{};
    out.frame_type = AMQP_FRAME_HEADER;
    out.payload.properties.class_id = AMQP_BASIC_CLASS;
    out.payload.properties.body_size = size;
    out.payload.properties.decoded = &properties_.emplace_back(properties);
    return out;
  }
  amqp_frame_t body(const std::string& text) {
    amqp_frame_t out{};
    out.frame_type = AMQP_FRAME_BODY;
    out.payload.body_fragment = keep(text);
    return out;
  }
  amqp_bytes_t keep(const std::string& text) { return bytes_of(texts_.emplace_back(text)); }

 private:
  static amqp_frame_t method(amqp_method_number_t id, void* decoded) {
    amqp_frame_t out{};
    out.frame_type = AMQP_FRAME_METHOD;
    out.payload.method = {id, decoded};
    return out;
  }
  std::list<std::string> texts_;
  std::list<amqp_basic_deliver_t> delivers_;
  std::list<amqp_channel_close_t> closes_;
  std::list<amqp_basic_properties_t> properties_;
};

}  // namespace freshet::test
