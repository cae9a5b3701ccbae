#include "core/json/writer.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <random>

namespace freshet::json {
namespace {

std::string as_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(Writer, PutsCommasAndColons) {
  std::string out = "data: ";
  writer w(out);
  w.begin_object().key("a").begin_array().number(1).string("x").null().end_array();
  w.key("b").begin_object().end_object().key("c").raw("[ 1 ]").key("d").boolean(true).end_object();
  EXPECT_EQ(out, R"(data: {"a":[1,"x",null],"b":{},"c":[ 1 ],"d":true})");
}

TEST(Writer, Numbers) {
  std::string out;
  writer w(out);
  w.begin_array().number(std::numeric_limits<std::int64_t>::min());
  w.number(std::numeric_limits<std::uint64_t>::max()).number(0.1);
  w.number(std::numeric_limits<double>::infinity()).number(std::nan("")).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,0.1,null,null]");
}

// 1359674407370955604992 is that double too, and no reader of 64-bit integers takes it.
TEST(Writer, LargeNumbersHaveAnExponent) {
  std::string out;
  writer w(out);
  w.begin_array().number(1359674407370955604772.17).number(-1e15).number(999999999999999.0);
  w.end_array();
  EXPECT_EQ(out, "[1.3596744073709557e+21,-1e+15,999999999999999]");
}

TEST(Writer, EscapesWhatMustBe) {
  EXPECT_EQ(as_string("a\"b\\c/\n\r\t\b\x1f\x7f"), "\"a\\\"b\\\\c/\\n\\r\\t\\u0008\\u001f\x7f\"");
  EXPECT_EQ(as_string(std::string_view("\0x", 2)), "\"\\u0000x\"");
  EXPECT_EQ(as_string("gr\u00fc\u00df \u65e5 \U0001F600"), "\"gr\u00fc\u00df \u65e5 \U0001F600\"");
}

TEST(Writer, BytesThatAreNotUtf8BecomeReplacements) {
  EXPECT_EQ(as_string("a\xff\"b"), "\"a\uFFFD\\\"b\"");
  EXPECT_EQ(as_string("\xc3"), "\"\uFFFD\"");
  EXPECT_EQ(as_string("\xc0\xaf"), "\"\uFFFD\uFFFD\"");
  EXPECT_EQ(as_string("\xed\xa0\x80\u00fc"), "\"\uFFFD\uFFFD\uFFFD\u00fc\"");
}

TEST(Writer, WhateverTheBytesItCanBeReadBack) {
  std::mt19937 random(5);
  simdjson::dom::parser parser;
  int valid = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text(random() % 12, '\0');
    const bool ascii = round % 2 == 0;
    for (char& c : text) c = static_cast<char>(random() % (ascii ? 128 : 256));
    std::string_view read;
    const std::string json = as_string(text);
    ASSERT_EQ(parser.parse(json).get(read), simdjson::SUCCESS);
    if (simdjson::validate_utf8(text)) {
      ASSERT_EQ(read, text);
      ++valid;
    }
  }
  EXPECT_GE(valid, 2'500);
}

}  // namespace
}  // namespace freshet::json
