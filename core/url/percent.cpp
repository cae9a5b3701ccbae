#include "core/url/percent.hpp"

#include <simdjson.h>

#include <array>

namespace freshet {
namespace {

using byte_table = std::array<bool, 256>;

constexpr byte_table table_of(std::string_view more) {
  byte_table kept{};
  for (unsigned c = '0'; c <= '9'; ++c) kept[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) kept[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) kept[c] = true;
  for (const char c : more) kept[static_cast<unsigned char>(c)] = true;
  return kept;
}

constexpr byte_table unreserved_table = table_of("-._~");
constexpr byte_table canonical_table = table_of("-._~!$&'()*+,:@");
constexpr byte_table canonical_query_table = table_of("-._~!$'()*,:@");

constexpr const byte_table& table_for(percent_set kept) {
  switch (kept) {
    case percent_set::unreserved:
      return unreserved_table;
    case percent_set::canonical:
      return canonical_table;
    case percent_set::canonical_query:
      return canonical_query_table;
  }
  return unreserved_table;
}

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void percent_encode(std::string_view text, percent_set kept, std::string& out) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const byte_table& table = table_for(kept);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (table[byte]) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

std::string percent_encode(std::string_view text, percent_set kept) {
  std::string out;
  percent_encode(text, kept, out);
  return out;
}

bool percent_decode(std::string_view text, plus_sign plus, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += c == '+' && plus == plus_sign::space ? ' ' : c;
    }
  }
  return true;
}

result<std::string> percent_decode(std::string_view text, plus_sign plus) {
  std::string out;
  if (!percent_decode(text, plus, out)) {
    return fail(errc::malformed, "a % is not followed by two hex digits");
  }
  return out;
}

bool is_plain_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    // U+0080..U+009F are controls too; in UTF-8 they are C2 80..9F.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return false;
    }
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace freshet
