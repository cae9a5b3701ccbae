#include "net/client/inflater.hpp"

#include <array>
#include <new>

#include "net/client/client_errc.hpp"

namespace freshet {

inflater::inflater(std::size_t output_max) : output_max_(output_max) {
  constexpr int gzip_only = 15 + 16;
  if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
}

inflater::~inflater() { inflateEnd(&stream_); }

result<void> inflater::feed(std::string_view input, std::string& output) {
  constexpr std::size_t ratio_max = 200;
  constexpr std::size_t ratio_free = 64 * 1024;
  std::array<unsigned char, 16 * 1024> piece;
  taken_ += input.size();
  // zlib does not write to its input; its interface is older than const.
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream_.avail_in = static_cast<uInt>(input.size());
  while (!finished_) {
    stream_.next_out = piece.data();
    stream_.avail_out = piece.size();
    const int state = inflate(&stream_, Z_NO_FLUSH);
    const auto made = piece.size() - stream_.avail_out;
    if (output.size() + made > output_max_) {
      return error(client_errc::too_large, "inflated beyond " + std::to_string(output_max_));
    }
    output.append(reinterpret_cast<const char*>(piece.data()), made);
    if (output.size() > ratio_free && output.size() / ratio_max > taken_) {
      return error(client_errc::encoding, "gzip denser than 200:1");
    }
    if (state == Z_STREAM_END) finished_ = true;
    if (state == Z_BUF_ERROR || (state == Z_OK && stream_.avail_out > 0)) break;
    if (state != Z_OK && state != Z_STREAM_END) return error(client_errc::encoding, "broken gzip");
  }
  if (finished_ && stream_.avail_in > 0) {
    return error(client_errc::encoding, "bytes after the end of gzip");
  }
  return {};
}

}  // namespace freshet
