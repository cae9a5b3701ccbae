#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::app {

/// Finds where HTTP/1.1 answers to GETs end, pipelined ones too, and their statuses: as little as a
/// load run needs, so that it measures the server and not itself.
///
/// Shape:    bytes cut anywhere; bodies are only counted; a head has at most 32 KiB.
/// Errors:   feed() is false when an answer has no Content-Length (and needs one) or is no HTTP.
/// Threads:  a value.
class answer_scanner {
 public:
  /// Calls `on_answer(status)` at the end of each answer.
  template <class Sink>
  bool feed(std::string_view bytes, Sink&& on_answer) {
    while (!bytes.empty()) {
      const bool took = in_body_ ? take_body(bytes) : take_head(bytes);
      if (!took) return false;
      if (in_body_ && body_left_ == 0) {
        in_body_ = false;
        on_answer(status_);
      }
    }
    return true;
  }

 private:
  bool take_body(std::string_view& bytes);
  bool take_head(std::string_view& bytes);
  bool read_head(std::string_view head);

  std::string head_;  // only when it came in pieces
  std::uint64_t body_left_ = 0;
  unsigned status_ = 0;
  bool in_body_ = false;
};

}  // namespace freshet::app
