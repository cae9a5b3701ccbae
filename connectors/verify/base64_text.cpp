#include "connectors/verify/base64_text.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace freshet {
namespace {

constexpr std::size_t text_max = 1u << 20;
constexpr std::size_t line = 76;

std::string folded(std::string_view flat) {
  std::string out;
  for (std::size_t at = 0; at < flat.size(); at += line) {
    out += flat.substr(at, line);
    out += '\n';
  }
  return out;
}

const unsigned char* as_bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> base64_bytes(std::string_view text) {
  if (text.size() > text_max) return {};
  std::string flat(text);
  std::erase(flat, '\n');
  if (flat.empty() || flat.size() % 4 != 0) return {};
  if (text != flat && text != folded(flat)) return {};
  std::string bytes(flat.size() / 4 * 3, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
  const int size = EVP_DecodeBlock(out, as_bytes(flat), static_cast<int>(flat.size()));
  if (size < 0) return {};
  const auto padding = flat.ends_with("==") ? 2u : flat.ends_with('=') ? 1u : 0u;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  std::string again(flat.size() + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()), as_bytes(bytes),
                  static_cast<int>(bytes.size()));
  again.pop_back();  // the terminating zero
  if (again != flat) return {};
  return bytes;
}

}  // namespace freshet
