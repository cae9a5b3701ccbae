#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace freshet {

/// gzip, a piece at a time, within bounds on what comes out.
///
/// Shape:  at most `output_max` bytes, and at most 200 for each byte that went in (beyond 64 KiB).
/// Errors: too_large, encoding (client_errc).
class inflater {
 public:
  explicit inflater(std::size_t output_max);
  ~inflater();
  inflater(const inflater&) = delete;

  result<void> feed(std::string_view input, std::string& output);
  bool finished() const { return finished_; }

 private:
  z_stream stream_{};
  std::size_t output_max_;
  std::size_t taken_ = 0;
  bool finished_ = false;
};

}  // namespace freshet
