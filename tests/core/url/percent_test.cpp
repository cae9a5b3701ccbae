#include "core/url/percent.hpp"

#include <gtest/gtest.h>

#include <random>

namespace freshet {
namespace {

TEST(Percent, EncodesWithUpperCaseDigits) {
  EXPECT_EQ(percent_encode("a b/\xC3\xBC", percent_set::unreserved), "a%20b%2F%C3%BC");
  EXPECT_EQ(percent_encode("az09-._~", percent_set::unreserved), "az09-._~");
}

TEST(Percent, CanonicalSetIsTheContracts) {
  EXPECT_EQ(percent_encode("!$&'()*+,:@", percent_set::canonical), "!$&'()*+,:@");
  EXPECT_EQ(percent_encode(";=/?#[]%\\\"", percent_set::canonical),
            "%3B%3D%2F%3F%23%5B%5D%25%5C%22");
  EXPECT_EQ(percent_encode("a&b+c=d", percent_set::canonical_query), "a%26b%2Bc%3Dd");
}

TEST(Percent, DecodesStrictly) {
  EXPECT_EQ(percent_decode("a%20b%2f%2F").value(), "a b//");
  for (const auto* bad : {"%", "%2", "a%", "%zz", "%2g", "%%20", "%-1"}) {
    EXPECT_FALSE(percent_decode(bad)) << bad;
  }
  EXPECT_EQ(percent_decode("%00").value(), std::string(1, '\0'));
}

TEST(Percent, PlusIsASpaceOnlyWhenAsked) {
  EXPECT_EQ(percent_decode("a+b%2B").value(), "a+b+");
  EXPECT_EQ(percent_decode("a+b%2B", plus_sign::space).value(), "a b+");
}

TEST(Percent, PlainTextHasNoControls) {
  EXPECT_TRUE(is_plain_text("gtk+ \xC3\xBC \xE2\x82\xAC"));
  for (const auto* bad :
       {"\r", "a\n", "\x7F", "\x1F", "\xC2\x85", "\xFF", "\xC0\xAF", "\xED\xA0\x80"}) {
    EXPECT_FALSE(is_plain_text(bad));
  }
  EXPECT_FALSE(is_plain_text(std::string_view("\0", 1)));
  EXPECT_TRUE(is_plain_text("\xC2\xA0"));
}

TEST(Percent, RoundTripsAnyBytes) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, ' ');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const auto kept :
         {percent_set::unreserved, percent_set::canonical, percent_set::canonical_query}) {
      EXPECT_EQ(percent_decode(percent_encode(bytes, kept)).value(), bytes);
    }
  }
}

}  // namespace
}  // namespace freshet
