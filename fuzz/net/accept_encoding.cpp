/// A field's value: q-values stay within bounds, and only codings that are there and not refused
/// are chosen.
#include "net/http/answer/accept_encoding.hpp"

#include <algorithm>
#include <string>

#include "fuzz/support/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace freshet::http;
  using freshet::fuzz::require;
  freshet::fuzz::input in(data, size);
  const auto field = in.rest();
  const auto codings = parse_accept_encoding(field);
  for (const auto q : {codings.identity, codings.gzip, codings.brotli}) {
    require(q <= 1000, "at most one");
  }
  for (const bool gzip : {false, true}) {
    for (const bool brotli : {false, true}) {
      const auto best = codings.best(gzip, brotli);
      require(best != coding::gzip || (gzip && codings.gzip > 0), "gzip only where it may be");
      require(best != coding::brotli || (brotli && codings.brotli > 0), "and brotli");
      if (best != coding::identity) {
        const auto q = best == coding::gzip ? codings.gzip : codings.brotli;
        require(q >= codings.identity, "never worse than the plain bytes");
        require(best == coding::brotli || !brotli || codings.brotli < q, "the best of both");
      }
    }
  }
  // Case and white space around members mean nothing.
  std::string other(field);
  for (auto at = other.find(','); at != other.npos; at = other.find(',', at + 3)) {
    other.replace(at, 1, " ,\t");
  }
  std::transform(other.begin(), other.end(), other.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto same = parse_accept_encoding(other);
  require(same.identity == codings.identity && same.gzip == codings.gzip &&
              same.brotli == codings.brotli,
          "case and white space mean nothing");
  return 0;
}
