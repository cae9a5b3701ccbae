#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// Character classes of RFC 9110 and 9112 as one table.
namespace freshet::http {

namespace detail {

enum : std::uint8_t { is_token = 1, is_value = 2, is_plain_value = 4, is_target = 8, is_host = 16 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool visible = c > 0x20 && c < 0x7f;
    unsigned bits = 0;
    if (visible) bits |= is_target;
    if (visible || c == ' ' || c == '\t') bits |= is_plain_value | is_value;
    if (c >= 0x80) bits |= is_value;
    if (alnum) bits |= is_token | is_host;
    out[c] = static_cast<std::uint8_t>(bits);
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    out[static_cast<unsigned char>(c)] |= is_token;
  for (const char c : std::string_view("-._~!$&'()*+;=%"))
    out[static_cast<unsigned char>(c)] |= is_host;
  out['#'] &= static_cast<std::uint8_t>(~is_target);  // a fragment never travels
  return out;
}

inline constexpr auto classes = make_classes();

inline bool all(std::string_view text, std::uint8_t bit) {
  for (const char c : text) {
    if (!(classes[static_cast<unsigned char>(c)] & bit)) return false;
  }
  return true;
}

}  // namespace detail

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace freshet::http
