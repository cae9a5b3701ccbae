#include "app/client/plain_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace freshet::app {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string printable(std::string_view text) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else if (byte >= 0x80 && !utf8) {
      out += "\xef\xbf\xbd";
    } else if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::size_t columns(std::string_view text) {
  const auto more = std::count_if(text.begin(), text.end(), continues);
  return text.size() - static_cast<std::size_t>(more);
}

}  // namespace freshet::app
