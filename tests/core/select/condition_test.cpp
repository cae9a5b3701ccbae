#include "core/select/condition.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

condition like(std::string_view pattern) { return condition::like(glob::parse(pattern).value()); }

TEST(Condition, AnyTextMayMeetAnyWantedValue) {
  const auto test = condition::any_of({"stable", "testing"});
  EXPECT_TRUE(test.holds(true, {"pending", "testing"}));
  EXPECT_FALSE(test.holds(true, {"pending"}));
  EXPECT_FALSE(test.holds(true, {}));
  EXPECT_FALSE(test.holds(false, {}));
}

TEST(Condition, ExistsAsksOnlyWhetherItIsThere) {
  EXPECT_TRUE(condition::exists(true).holds(true, {}));  // null
  EXPECT_FALSE(condition::exists(true).holds(false, {}));
  EXPECT_TRUE(condition::exists(false).holds(false, {}));
  EXPECT_FALSE(condition::exists(false).holds(true, {"x"}));
}

TEST(Condition, LikeMatchesTheWholeText) {
  EXPECT_TRUE(like("koji-*").holds(true, {"a", "koji-01"}));
  EXPECT_FALSE(like("koji-*").holds(true, {"my-koji-01"}));
}

TEST(Condition, NotIsThePlainNegation) {
  const auto test = condition::negate(condition::any_of({"secondary"}));
  EXPECT_TRUE(test.holds(true, {"primary"}));
  EXPECT_FALSE(test.holds(true, {"primary", "secondary"}));
  EXPECT_TRUE(test.holds(false, {}));  // rather a refresh too many
  EXPECT_FALSE(condition::negate(condition::exists(false)).holds(false, {}));
  EXPECT_TRUE(condition::negate(test).holds(true, {"secondary"}));
}

TEST(Condition, IsWrittenAsAPersonWould) {
  EXPECT_EQ(condition::any_of({"a"}).text(), "\"a\"");
  EXPECT_EQ(condition::any_of({"a", "b"}).text(), "[\"a\", \"b\"]");
  EXPECT_EQ(condition::any_of({}).text(), "[]");
  EXPECT_EQ(condition::exists(false).text(), "{ exists = false }");
  EXPECT_EQ(condition::negate(like("a*")).text(), "{ not = { like = \"a*\" } }");
}

}  // namespace
}  // namespace freshet
