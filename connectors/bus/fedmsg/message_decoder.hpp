#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/select/event.hpp"

namespace freshet {

/// What one message became.
///
/// Shape:    `drop` is empty, or a literal that says why there is no event: "too_large",
///           "bad_topic", "malformed" (JSON, UTF-8 or not an object). `topic_differs`: the body
///           names another topic than the frame; the frame counts.
/// Lifetime: the event borrows from the decoder and from the bytes given: until its next decode.
struct decoded_message {
  event value;
  std::string_view drop;
  bool topic_differs = false;
  explicit operator bool() const { return drop.empty(); }
};

/// Reads fedmsg's envelope, and lines of recorded messages of either Fedora bus (CONTRACT.md 3.1).
///
/// Shape:   one reused parser and padded buffer, at most `max_message` bytes a message; what a
///          large message needed is given back before the next small one.
/// Errors:  decoded_message::drop. Does not throw but bad_alloc.
/// Threads: the owner's only.
/// Source:  WIRE.md section 1. The whole body is validated (DOM), since nothing reads every field.
class message_decoder {
 public:
  message_decoder(std::string bus, std::size_t max_message);

  /// ZeroMQ: frame 1 is the topic, frame 2 the JSON object around `msg`.
  decoded_message decode_frames(std::string_view topic, std::string_view body);
  /// One line: topic from its `topic`; /msg is `msg`, else `body`, else the line.
  decoded_message decode_line(std::string_view line);

 private:
  /// The drop reason, or empty with `root` set.
  std::string_view parse(std::string_view text, simdjson::dom::element& root);
  void fit(std::size_t bytes);

  std::string bus_;
  std::size_t max_message_;
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> buffer_;
  std::unique_ptr<simdjson::dom::parser> parser_;
};

}  // namespace freshet
