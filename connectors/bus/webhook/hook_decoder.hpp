#pragma once

#include <string>
#include <string_view>

#include "connectors/bus/envelope/envelope.hpp"
#include "connectors/bus/webhook/topic_template.hpp"
#include "core/config/settings.hpp"

namespace freshet {

/// Reads a POST as an event.
///
/// Shape:    /headers are the request's in lower case, without those that hold a secret or what
///           was made with one; of a field that stands twice the first. /msg is the body. Topic and
///           id are what the settings take from these two.
/// Errors:   decoded_message::drop, "bad_topic" when the template makes none of it.
/// Lifetime: the event borrows from the decoder until its next decode.
/// Threads:  the owner's only.
class hook_decoder {
 public:
  /// Errors: the template.
  static result<hook_decoder> create(const config::bus_settings& settings);

  /// `fields`: all field lines of the head.
  decoded_message decode(std::string_view fields, std::string_view body, wall_time arrived);
  decoded_message decode_envelope(std::string_view envelope, wall_time arrived) {
    return decoder_.decode(envelope, arrived);
  }
  /// Of the last decode(), whether it was good or not.
  const std::string& envelope() const { return envelope_; }

 private:
  hook_decoder(const config::bus_settings& settings, topic_template topic);
  void write_headers(std::string_view fields);

  std::string proof_;  // the field that holds the signature
  selector_list id_;
  topic_template topic_;
  message_decoder first_;  // before topic and id are known
  envelope_decoder decoder_;
  std::string headers_, draft_, envelope_;
};

}  // namespace freshet
