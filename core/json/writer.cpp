#include "core/json/writer.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>

namespace freshet::json {
namespace {

/// How many bytes the character at the front of `text` has; 0 if it is not UTF-8.
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;   // overlong
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;  // surrogates, limit
  if (at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  out += "\\u00";
  out += digits[code >> 4u];
  out += digits[code & 15u];
}

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), written.ptr);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  out += '"';
  std::size_t begin = 0;  // of the bytes that can be copied as they are
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8 || c < 0x80 ? 1 : character_bytes(text.substr(i));
    if (length > 0 && c >= 0x20 && c != '"' && c != '\\') {
      i += length;
      continue;
    }
    out.append(text, begin, i - begin);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escaped(out, text[i]);
    }
    begin = ++i;
  }
  out.append(text, begin);
  out += '"';
}

void writer::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

writer& writer::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
  return *this;
}

writer& writer::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

writer& writer::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  comma_ = false;
  return *this;
}

writer& writer::string(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

writer& writer::signed_number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

writer& writer::unsigned_number(std::uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

writer& writer::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  std::array<char, 32> buffer;
  char* const end = buffer.data() + buffer.size();
  // A double from here on may be written as digits alone, and a reader of integers refuses those
  // that do not fit into 64 bits.
  const bool large = std::fabs(value) >= 1e15;
  const auto written = large
                           ? std::to_chars(buffer.data(), end, value, std::chars_format::scientific)
                           : std::to_chars(buffer.data(), end, value);
  out_.append(buffer.data(), written.ptr);
  return *this;
}

writer& writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace freshet::json
