#pragma once

#include <amqp.h>

#include <cstddef>
#include <string>

#include "net/amqp/delivery.hpp"

namespace freshet {

/// Makes messages of the frames that a broker sends to a consumer.
///
/// Shape:    pure. One channel. What is larger than `max_message` is not kept but for its first
///           `sample` bytes, and the frames behind it are counted off.
/// Errors:   outcome::broken: frames in an order that no broker sends; the connection is of no use.
/// Lifetime: copies what it keeps of a frame.
/// Threads:  the owner's only.
/// Source:   AMQP 0-9-1 section 4.2.6: a method with content is followed by one header frame and as
///           many body frames as its size needs. The library has a function for this; it blocks
///           until a message is whole, and allocates what the header promises.
class frame_assembler {
 public:
  static constexpr std::size_t sample = 4096;
  enum class outcome : std::uint8_t {
    more,       // nothing yet
    message,    // take() has one
    cancelled,  // the broker ended the consumer: its queue is gone
    closed,     // the broker closed the channel or the connection: why() says what it said
    broken,
  };

  explicit frame_assembler(std::size_t max_message) : max_message_(max_message) {}

  outcome feed(const amqp_frame_t& frame);
  amqp_delivery take();
  /// After closed and broken.
  const std::string& why() const { return why_; }

 private:
  enum class expecting : std::uint8_t { method, header, body };

  outcome method(const amqp_method_t& method);
  outcome header(const amqp_frame_t& frame);
  outcome body(const amqp_bytes_t& bytes);
  outcome broken(const char* why);

  std::size_t max_message_;
  expecting expecting_ = expecting::method;
  amqp_delivery message_;
  std::uint64_t received_ = 0;
  std::string why_;
};

/// `404 NOT_FOUND - no queue 'x'`, as the broker said it, in printable ASCII.
std::string said(std::uint16_t code, const amqp_bytes_t& text);

}  // namespace freshet
