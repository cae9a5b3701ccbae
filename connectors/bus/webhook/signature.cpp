#include "connectors/bus/webhook/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>

#include "net/http/head/request_head.hpp"

namespace freshet {
namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

digest hmac(std::string_view secret, std::string_view body) {
  digest out{};
  unsigned size = out.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), out.data(), &size);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool read_digest(std::string_view text, digest& out) {
  constexpr std::string_view prefix = "sha256=";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

}  // namespace

bool signed_with(std::string_view secret, std::string_view body, std::string_view told) {
  digest found{};
  if (secret.empty() || !read_digest(told, found)) return false;
  const auto right = hmac(secret, body);
  return CRYPTO_memcmp(found.data(), right.data(), right.size()) == 0;
}

bool bears(std::string_view secret, std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (secret.empty() || !http::equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return false;
  authorization.remove_prefix(scheme.size());
  // Their hashes are compared: neither the length nor the first wrong byte shows in the time.
  const auto a = hmac("freshet", secret), b = hmac("freshet", authorization);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace freshet
