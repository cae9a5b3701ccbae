#pragma once

#include <string_view>
#include <vector>

namespace freshet::fuzz {

/// A second opinion on UTF-8, by the table of RFC 3629 and one byte at a time.
inline bool decode_utf8(std::string_view text, std::vector<char32_t>& points) {
  points.clear();
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() - i <= more) return false;
    char32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
    for (std::size_t n = 1; n <= more; ++n) {
      const auto next = static_cast<unsigned char>(text[i + n]);
      if ((next & 0xC0u) != 0x80u) return false;
      point = point << 6 | (next & 0x3Fu);
    }
    static constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
      return false;
    }
    points.push_back(point);
    i += more + 1;
  }
  return true;
}

inline bool is_utf8(std::string_view text) {
  std::vector<char32_t> points;
  return decode_utf8(text, points);
}

}  // namespace freshet::fuzz
