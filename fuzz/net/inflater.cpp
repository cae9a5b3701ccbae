/// A size of pieces on one line, then bytes: as gzip they never become more than the bounds say,
/// and what gzip made of them comes back whole.
#include "net/client/inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <string>

#include "fuzz/support/target.hpp"

namespace {

using namespace freshet;
using fuzz::require;

constexpr std::size_t output_max = 256 * 1024;

bool inflate(std::string_view text, std::size_t step, std::string& out, bool& finished) {
  inflater gzip(output_max);
  std::size_t fed = 0;
  bool fine = true;
  while (fine && fed < text.size()) {
    const auto piece = text.substr(fed, step);
    fed += piece.size();
    fine = gzip.feed(piece, out).has_value();
    require(out.size() <= output_max, "output is bounded");
    require(out.size() <= 64 * 1024 + 16 * 1024 || out.size() <= 200 * (fed + 1) + 16 * 1024,
            "and so is its ratio, but for one piece");
  }
  finished = gzip.finished();
  return fine;
}

std::string gzip_of(std::string_view text) {
  std::string out(text.size() + 128, '\0');
  z_stream stream{};
  require(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto step = 1 + in.choice(64);
  const auto bytes = in.rest();
  std::string out;
  bool finished = false;
  (void)inflate(bytes, step, out, finished);

  // The same bytes many times over, packed: beyond the bounds it is refused, never truncated.
  std::string text;
  const auto times = step % 8 == 0 ? 4096 : step;  // the large ones are slow
  for (std::size_t n = 0; n < times && text.size() < output_max + 8; ++n) text += bytes;
  const auto packed = gzip_of(text);
  out.clear();
  const bool fine = inflate(packed, step, out, finished);
  require(!fine || (finished && out == text), "what was packed comes back whole");
  const bool dense = text.size() > 64 * 1024 && text.size() / 200 > packed.size() / 2;
  require(fine || dense || text.size() > output_max, "refused only for its size or density");

  out.clear();
  require(!inflate(packed + "x", packed.size() + 1, out, finished),
          "bytes behind the end are an error");
  return 0;
}
