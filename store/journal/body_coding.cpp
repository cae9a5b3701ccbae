#include "store/journal/body_coding.hpp"

#include <libdeflate.h>
#include <xxhash.h>

#include <new>

namespace freshet {
namespace {

constexpr int level = 1;
constexpr std::size_t worth_packing = 128;
/// Beyond any page's `max_size`: a size that damage made must not be allocated.
constexpr std::uint64_t size_max = std::uint64_t{1} << 31;

}  // namespace

body_coding::body_coding()
    : packer_(libdeflate_alloc_compressor(level)), unpacker_(libdeflate_alloc_decompressor()) {
  if (packer_ == nullptr || unpacker_ == nullptr) throw std::bad_alloc();
}

body_coding::~body_coding() {
  libdeflate_free_compressor(packer_);
  libdeflate_free_decompressor(unpacker_);
}

body_coding::packed body_coding::pack(std::string_view body) {
  packed out{kind::plain, body.size(), XXH3_64bits(body.data(), body.size()), body};
  if (body.size() < worth_packing) return out;
  buffer_.resize(body.size());  // what does not shrink does not fit
  const auto size =
      libdeflate_deflate_compress(packer_, body.data(), body.size(), buffer_.data(), body.size());
  if (size == 0) return out;
  out.coding = kind::deflate;
  out.bytes = std::string_view(buffer_).substr(0, size);
  return out;
}

std::optional<std::string> body_coding::unpack(const packed& from) {
  if (from.size > size_max) return std::nullopt;
  std::string body;
  if (from.coding == kind::plain) {
    body = from.bytes;
  } else if (from.coding == kind::deflate) {
    body.resize(from.size);
    const auto how = libdeflate_deflate_decompress(unpacker_, from.bytes.data(), from.bytes.size(),
                                                   body.data(), body.size(), nullptr);
    if (how != LIBDEFLATE_SUCCESS) return std::nullopt;
  }
  const bool same =
      body.size() == from.size && XXH3_64bits(body.data(), body.size()) == from.checksum;
  if (!same) return std::nullopt;
  return body;
}

}  // namespace freshet
