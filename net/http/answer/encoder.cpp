#include "net/http/answer/encoder.hpp"

#include <brotli/encode.h>
#include <libdeflate.h>

#include <memory>

namespace freshet::http {
namespace {

std::optional<std::string> gzip(std::string_view body) {
  std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  if (!compressor) return {};
  std::string out(body.size() - 1, '\0');  // no room for a result that does not shrink
  const auto n =
      libdeflate_gzip_compress(compressor.get(), body.data(), body.size(), out.data(), out.size());
  if (n == 0) return {};
  out.resize(n);
  out.shrink_to_fit();
  return out;
}

std::optional<std::string> brotli(std::string_view body) {
  std::string out(body.size() - 1, '\0');
  std::size_t n = out.size();
  const auto ok = BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.size(),
                                        reinterpret_cast<const std::uint8_t*>(body.data()), &n,
                                        reinterpret_cast<std::uint8_t*>(out.data()));
  if (!ok || n == 0) return {};
  out.resize(n);
  out.shrink_to_fit();
  return out;
}

}  // namespace

std::optional<std::string> encode(std::string_view body, coding c) {
  if (body.size() < encoded_min) return {};
  switch (c) {
    case coding::identity:
      return {};
    case coding::gzip:
      return gzip(body);
    case coding::brotli:
      return brotli(body);
  }
  return {};
}

}  // namespace freshet::http
