#include "core/json/validate.hpp"

#include <gtest/gtest.h>

namespace freshet::json {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(Reader, ReadsWholeDocuments) {
  reader r(1 << 20);
  for (const auto* body : {"{}", " [1] \n", "null", "\"x\"", "1e3", R"({"a":"\ud83d\ude00"})"}) {
    EXPECT_TRUE(r.read(body).has_value()) << body;
  }
  EXPECT_EQ(r.read(R"({"a":"b"})").value()["a"].get_string().value(), "b");
  EXPECT_EQ(r.source(), R"({"a":"b"})");
}

TEST(Reader, RefusesWhatIsNotOneJsonDocument) {
  reader r(1 << 20);
  for (const auto& body :
       {""s, " "s, "{"s, "{} {}"s, "[1]]"s, "[1,]"s, "{\"a\":tru}"s, "{\"a\":1,\"b\":01}"s, "nul"s,
        "[\"\xff\"]"s, "[\"a\nb\"]"s, "\"\\ud800\""s, "[1]\0"s, "{'a':1}"s, "NaN"s,
        "\xEF\xBB\xBF{}"s, "<html>"s, "[1e999]"s, "[123456789012345678901234567890]"s}) {
    const auto read = r.read(body);
    ASSERT_TRUE(read.has_error()) << body;
    EXPECT_EQ(read.error().code, errc::malformed) << body << ": " << read.error().detail;
    EXPECT_FALSE(read.error().detail.empty());
  }
  EXPECT_TRUE(r.read("[1]").has_value());  // an error leaves it usable
}

TEST(Reader, DepthIsBounded) {
  reader r(1 << 20);
  EXPECT_TRUE(r.read(nested(reader::depth_max)).has_value());
  EXPECT_EQ(r.read(nested(reader::depth_max + 1)).error().code, errc::out_of_range);
  EXPECT_TRUE(r.read(std::string(100'000, '[')).has_error());
  // the limit stays when the buffers grow
  EXPECT_EQ(r.read(nested(reader::depth_max + 1) + std::string(10'000, ' ')).error().code,
            errc::out_of_range);
  r.shrink(0);
  EXPECT_EQ(r.read(nested(reader::depth_max + 1)).error().code, errc::out_of_range);
}

TEST(Reader, BytesAreBounded) {
  reader r(10);
  EXPECT_TRUE(r.read("[12345678]").has_value());
  const auto read = r.read("[123456789]");
  EXPECT_EQ(read.error().code, errc::out_of_range);
  EXPECT_EQ(r.source(), "");
}

TEST(Reader, BuffersAreUsedAgain) {
  reader r(1 << 20);
  ASSERT_TRUE(r.read("[\"" + std::string(5'000, 'x') + "\"]").has_value());
  const char* place = r.source().data();
  ASSERT_TRUE(r.read("[1]").has_value());
  EXPECT_EQ(r.source().data(), place);
  EXPECT_EQ(r.source(), "[1]");
}

}  // namespace
}  // namespace freshet::json
