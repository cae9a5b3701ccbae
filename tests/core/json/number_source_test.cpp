#include "core/json/number_source.hpp"

#include <gtest/gtest.h>

namespace freshet::json {
namespace {

std::vector<std::string> texts(const std::string& json, std::string_view source,
                               bool backwards = false) {
  simdjson::dom::parser parser;
  std::vector<simdjson::dom::element> elements;
  const simdjson::dom::array array = parser.parse(json).value().get_array().value();
  for (const auto element : array) {
    elements.push_back(element);
  }
  if (backwards) std::reverse(elements.begin(), elements.end());
  number_source numbers(source);
  number_buffer buffer;
  std::vector<std::string> found;
  for (const auto element : elements) {
    found.emplace_back(number_text(element, numbers, buffer));
  }
  return found;
}

using list = std::vector<std::string>;

TEST(NumberSource, YieldsTheTokenOfTheSource) {
  const std::string json =
      R"( [1.10, 1, -2.0e+3, "3.5 \" 4.5", {"a5.5": 6.60}, 7.70, 0.0, -0.0, [1.5], 1E2] )";
  const list expected{"1.10", "1", "-2.0e+3", "", "", "7.70", "0.0", "-0.0", "", "1E2"};
  EXPECT_EQ(texts(json, json), expected);
  list mirrored(expected.rbegin(), expected.rend());
  EXPECT_EQ(texts(json, json, true), mirrored);
}

TEST(NumberSource, TooSmallForADoubleIsStillItsToken) {
  const std::string json = "[2e-400, -1e-99999, 1.50]";
  EXPECT_EQ(texts(json, json), (list{"2e-400", "-1e-99999", "1.50"}));
}

TEST(NumberSource, IntegersAreExact) {
  const std::string json = "[-9223372036854775808, 9223372036854775807, 18446744073709551615, -0]";
  EXPECT_EQ(texts(json, ""),
            (list{"-9223372036854775808", "9223372036854775807", "18446744073709551615", "0"}));
}

TEST(NumberSource, WithoutSourceTheShortestTextThatReadsBack) {
  EXPECT_EQ(texts("[1359604772.178867, 1.10, 2.0, 1e300, -0.0]", ""),
            (list{"1359604772.178867", "1.1", "2.0", "1e+300", "-0.0"}));
}

TEST(NumberSource, AForeignTextIsNotBelieved) {
  EXPECT_EQ(texts("[1.10, 2.20]", "[3.30, 2.200]"), (list{"1.1", "2.200"}));
  EXPECT_EQ(texts("[1.10]", "\"1.10"), (list{"1.1"}));
  EXPECT_EQ(texts("[1.10]", "\"\\"), (list{"1.1"}));
}

}  // namespace
}  // namespace freshet::json
