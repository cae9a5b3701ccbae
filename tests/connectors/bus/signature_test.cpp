#include "connectors/bus/webhook/signature.hpp"

#include <gtest/gtest.h>

#include <string>

namespace freshet {
namespace {

// GitHub's own example of a signature.
constexpr std::string_view secret = "It's a Secret to Everybody";
constexpr std::string_view body = "Hello, World!";
const std::string hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

TEST(Signature, OverTheBodyAsItCame) {
  EXPECT_TRUE(signed_with(secret, body, "sha256=" + hex));
  EXPECT_TRUE(signed_with(secret, body, hex));
  std::string upper = hex;
  for (auto& c : upper) c = c >= 'a' ? static_cast<char>(c - 32) : c;
  EXPECT_TRUE(signed_with(secret, body, upper));
}

TEST(Signature, EverythingElseIsWrong) {
  EXPECT_FALSE(signed_with(secret, "Hello, World", "sha256=" + hex));
  EXPECT_FALSE(signed_with("other", body, hex));
  EXPECT_FALSE(signed_with("", body, hex));
  EXPECT_FALSE(signed_with(secret, body, ""));
  EXPECT_FALSE(signed_with(secret, body, "sha256="));
  EXPECT_FALSE(signed_with(secret, body, "sha1=" + hex));
  EXPECT_FALSE(signed_with(secret, body, hex.substr(1)));
  EXPECT_FALSE(signed_with(secret, body, hex + "0"));
  EXPECT_FALSE(signed_with(secret, body, "g" + hex.substr(1)));
  for (std::size_t i = 0; i < hex.size(); ++i) {
    auto changed = hex;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(signed_with(secret, body, changed)) << i;
  }
}

TEST(Signature, Bearers) {
  EXPECT_TRUE(bears("abc", "Bearer abc"));
  EXPECT_TRUE(bears("abc", "bearer abc"));
  for (const auto* wrong :
       {"", "abc", "Bearer", "Bearer ", "Bearer ab", "Bearer abcd", "Basic abc"})
    EXPECT_FALSE(bears("abc", wrong)) << wrong;
  EXPECT_FALSE(bears("", "Bearer "));
}

}  // namespace
}  // namespace freshet
