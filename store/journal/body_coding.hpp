#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct libdeflate_compressor;
struct libdeflate_decompressor;

namespace freshet {

/// How bodies are kept on disk: deflate at its fastest where that is smaller.
///
/// Errors:   unpack() answers nothing when size or checksum say that these are not the bytes that
///           were packed.
/// Lifetime: what pack() answers in `bytes` is valid until the next pack(), or as long as the body.
/// Threads:  one at a time.
class body_coding {
 public:
  enum class kind : std::uint8_t { plain = 0, deflate = 1 };
  struct packed {
    kind coding = kind::plain;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
    std::string_view bytes;
  };

  body_coding();
  ~body_coding();
  body_coding(const body_coding&) = delete;

  packed pack(std::string_view body);
  std::optional<std::string> unpack(const packed& from);

 private:
  libdeflate_compressor* packer_;
  libdeflate_decompressor* unpacker_;
  std::string buffer_;
};

}  // namespace freshet
