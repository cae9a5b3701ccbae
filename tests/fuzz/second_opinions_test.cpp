// The judges of the fuzz targets are code too.
#include <gtest/gtest.h>

#include "fuzz/support/strict_json.hpp"
#include "fuzz/support/target.hpp"
#include "fuzz/support/utf8.hpp"

namespace freshet::fuzz {
namespace {

TEST(StrictJson, TakesJsonOnly) {
  for (const auto* good : {"0", "-0.5e+3", " [ ] ", R"({"a":[1,"\u00e9\n",true,null]})", "\"\""}) {
    EXPECT_TRUE(strict_json(good).valid()) << good;
  }
  for (const auto* bad :
       {"",      "01",      "1.",    ".5",  "+1",     "1e",      "[1,]",        "{\"a\":1,}",
        "{a:1}", "[",       "]",     "nul", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "1 2",
        "'a'",   "{\"a\"}", "[1 2]", "\"",  "NaN",    "--1"}) {
    EXPECT_FALSE(strict_json(bad).valid()) << bad;
  }
}

TEST(StrictJson, SaysWhyAReaderMayRefuse) {
  EXPECT_TRUE(strict_json("18446744073709551616").beyond_64_bits());
  EXPECT_FALSE(strict_json("18446744073709551615").beyond_64_bits());
  EXPECT_TRUE(strict_json("1e999").beyond_64_bits());
  EXPECT_TRUE(strict_json(R"("\udc00")").lone_surrogate());
  EXPECT_TRUE(strict_json(R"("\ud83dx")").lone_surrogate());
  EXPECT_FALSE(strict_json(R"("\ud83d\ude00")").lone_surrogate());
  EXPECT_EQ(strict_json("[[{}],[]]").depth(), 3u);
  EXPECT_EQ(strict_json("[1.50,{\"2\":-0}]").numbers(),
            (std::vector<std::string_view>{"1.50", "-0"}));
}

TEST(Utf8, TakesWhatRfc3629Takes) {
  for (const auto* good :
       {"", "a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "\xC3\x28"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Input, GivesLinesThenTheRest) {
  const std::string text = "a\n\nb\nc\nd";
  input in(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  EXPECT_EQ(in.line(), "a");
  EXPECT_EQ(in.line(), "");
  EXPECT_EQ(in.choice(10), static_cast<std::size_t>('b') % 10);
  EXPECT_EQ(in.rest(), "c\nd");
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.line(), "");
}

}  // namespace
}  // namespace freshet::fuzz
