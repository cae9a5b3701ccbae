#pragma once

#include <cstdint>
#include <string_view>

namespace freshet::http {

enum class coding : std::uint8_t { identity, gzip, brotli };

/// Content-Encoding token: "", "gzip", "br".
std::string_view coding_token(coding c);
/// What follows the hex part in the ETag: "", "-gz", "-br".
std::string_view coding_suffix(coding c);

/// What the client takes: its q-values in thousandths.
///
/// Shape:  0 = refused. An absent field allows everything and prefers identity; `*` stands for the
///         codings not named. Members that do not parse are skipped.
/// Source: RFC 9110 12.5.3.
struct accepted_codings {
  std::uint16_t identity = 1000;
  std::uint16_t gzip = 0;
  std::uint16_t brotli = 0;

  /// The best of those for which the mask has a bit; brotli before gzip before identity when equal.
  /// Identity when nothing fits: refusing to answer would help nobody.
  coding best(bool has_gzip, bool has_brotli) const;
};

accepted_codings parse_accept_encoding(std::string_view field);

}  // namespace freshet::http
