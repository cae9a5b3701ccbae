#include "core/json/pointer.hpp"

#include <gmock/gmock.h>

namespace freshet::json {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// RFC 6901, section 5
constexpr std::string_view rfc = R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,
  "i\\j":5,"k\"l":6," ":7,"m~n":8,"*":9})";

class Pointer : public testing::Test {
 protected:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_ = parser_.parse(rfc.data(), rfc.size()).value();

  std::string find(std::string_view text) {
    const auto found = pointer::parse(text).value().find(root_);
    return found ? simdjson::to_string(*found) : "(nothing)";
  }
  std::vector<std::string> each(std::string_view text, std::string_view json) {
    simdjson::dom::parser parser;
    std::vector<std::string> found;
    pointer::parse(text).value().each(parser.parse(json.data(), json.size()).value(),
                                      [&](simdjson::dom::element element) {
                                        found.push_back(simdjson::to_string(element));
                                        return true;
                                      });
    return found;
  }
};

TEST_F(Pointer, FindsWhatTheRfcSays) {
  EXPECT_EQ(find("/foo"), R"(["bar","baz"])");
  EXPECT_EQ(find("/foo/0"), "\"bar\"");
  EXPECT_EQ(find("/"), "0");
  EXPECT_EQ(find("/a~1b"), "1");
  EXPECT_EQ(find("/c%d"), "2");
  EXPECT_EQ(find("/e^f"), "3");
  EXPECT_EQ(find("/g|h"), "4");
  EXPECT_EQ(find("/i\\j"), "5");
  EXPECT_EQ(find("/k\"l"), "6");
  EXPECT_EQ(find("/ "), "7");
  EXPECT_EQ(find("/m~0n"), "8");
  EXPECT_EQ(find("/*"), "9");
  EXPECT_EQ(find(""), simdjson::to_string(root_));
}

TEST_F(Pointer, FindsNothingWhereNothingIs) {
  for (const auto* text : {"/x", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/", "/foo/0/a",
                           "/foo/99999999999999999999", "//x"}) {
    EXPECT_EQ(find(text), "(nothing)") << text;
  }
}

TEST_F(Pointer, AStarVisitsElementsAndMembersInOrder) {
  EXPECT_THAT(each("/*/n", R"([{"n":1},3,{"m":2},{"n":[4]}])"), ElementsAre("1", "[4]"));
  EXPECT_THAT(each("/*", R"({"b":1,"a":2})"), ElementsAre("1", "2"));
  EXPECT_THAT(each("/*/*", R"([[1,2],{"a":3},4])"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(each("", "[1]"), ElementsAre("[1]"));
  EXPECT_THAT(each("/a", R"({"a":1,"a":2})"), ElementsAre("1"));
  EXPECT_THAT(each("/*", "7"), IsEmpty());
}

TEST_F(Pointer, AVisitorMayStop) {
  int seen = 0;
  const auto stop = [&](simdjson::dom::element) { return ++seen < 2; };
  EXPECT_FALSE(pointer::parse("/*").value().each(root_, stop));
  EXPECT_EQ(seen, 2);
}

TEST_F(Pointer, StepsMayBeLeftOut) {
  const auto at = pointer::parse("/msg/foo/1").value();
  EXPECT_EQ(simdjson::to_string(at.find(root_, 1).value()), "\"baz\"");
  EXPECT_EQ(at.tail(), pointer::parse("/foo/1").value());
  EXPECT_EQ(at.tail().tail().tail(), pointer());
  EXPECT_TRUE(pointer().tail().empty());
}

TEST_F(Pointer, KnowsItsStars) {
  EXPECT_TRUE(pointer::parse("/a/*/b").value().has_wildcard());
  EXPECT_FALSE(pointer::parse("/a*/b").value().has_wildcard());
}

TEST_F(Pointer, RefusesWhatIsNoPointer) {
  for (const auto* text : {"a", "a/b", "/~", "/~2", "/a~", "/a/b~/c"}) {
    EXPECT_EQ(pointer::parse(text).error().code, errc::malformed) << text;
  }
  std::string deep;
  for (std::size_t i = 0; i < pointer::steps_max; ++i) deep += "/a";
  EXPECT_TRUE(pointer::parse(deep).has_value());
  EXPECT_EQ(pointer::parse(deep + "/a").error().code, errc::out_of_range);
}

}  // namespace
}  // namespace freshet::json
