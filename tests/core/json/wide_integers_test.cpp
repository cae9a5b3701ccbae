#include "core/json/wide_integers.hpp"

#include <gtest/gtest.h>

#include "core/json/number_source.hpp"

namespace freshet::json {
namespace {

std::string widened(std::string_view text) {
  std::string out;
  return widen_integers(text, out) ? out : "none";
}

TEST(WideIntegers, OnlyWhatHasNoPlaceIsMadeADouble) {
  EXPECT_EQ(widened("[18446744073709551615,-9223372036854775808,1e999,1.5]"), "none");
  EXPECT_EQ(widened("18446744073709551616"), "18446744073709551616e0");
  EXPECT_EQ(widened("-9223372036854775809"), "-9223372036854775809e0");
  EXPECT_EQ(widened(R"({"18446744073709551616":["\"18446744073709551616",18446744073709551616] })"),
            R"({"18446744073709551616":["\"18446744073709551616",18446744073709551616e0] })");
  EXPECT_EQ(widened(R"("\)"), "none");
}

TEST(WideIntegers, TheDigitsThatCameAreFoundInTheTextThatCame) {
  const std::string text = "[1.50,123456789012345678901234567890,7,-99999999999999999999]";
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(text).error(), simdjson::NUMBER_ERROR) << "else nobody needs this";
  std::string wide;
  ASSERT_TRUE(widen_integers(text, wide));
  number_source source(text);
  number_buffer buffer;
  std::string all;
  for (const auto each : parser.parse(wide).value().get_array().value())
    all += std::string(number_text(each, source, buffer)) + " ";
  EXPECT_EQ(all, "1.50 123456789012345678901234567890 7 -99999999999999999999 ");
}

}  // namespace
}  // namespace freshet::json
