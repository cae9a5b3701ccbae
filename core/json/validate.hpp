#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace freshet::json {

/// Reads a body as one whole JSON document, before it may replace a good one: syntax everywhere,
/// UTF-8, nothing behind the end, at most `depth_max` levels of arrays and objects.
///
/// Shape:    bodies of at most `bytes_max`; buffer and tape grow to powers of two and are used
///           again.
/// Errors:   malformed, out_of_range (bytes, depth, a number beyond double or 64 bits).
/// Lifetime: elements and their strings borrow from the reader until its next read(): decode into
///           own types before any co_await.
/// Threads:  one. One reader a loop, none a request.
class reader {
 public:
  static constexpr std::size_t depth_max = 64;

  explicit reader(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  result<simdjson::dom::element> read(std::string_view body);
  /// The padded copy of the last body: what number tokens come from (selector::take, gather).
  std::string_view source() const { return {buffer_.data(), used_}; }
  /// Gives buffers larger than `bytes` back; for use after a rare large body.
  void shrink(std::size_t bytes);

 private:
  std::size_t bytes_max_;
  std::size_t used_ = 0;
  std::vector<char> buffer_;
  simdjson::dom::parser parser_;
};

}  // namespace freshet::json
