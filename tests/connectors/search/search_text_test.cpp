#include "connectors/upstream/search/search_text.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

search_definition definition(std::vector<std::string> pointers) {
  search_definition out;
  out.name = "names";
  for (const auto& each : pointers) out.text.push_back(selector::from_pointer(each).value());
  return out;
}

TEST(SearchText, EachSelectorHasItsValues) {
  const auto got = definition({"/n", "/sub/*", "/none"}).read(R"({"n":"guake","sub":["a","b"]})");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, (search_text{{"guake"}, {"a", "b"}, {}}));
}

TEST(SearchText, APageWithoutANameIsNotFound) {
  EXPECT_FALSE(definition({"/n"}).read(R"({"m":"guake"})"));
  EXPECT_FALSE(definition({"/n"}).read("not JSON"));
}

TEST(SearchText, PagesThatDoNotMeetWhereAreLeftOut) {
  auto how = definition({"/n"});
  how.where_entries.push_back(
      {*json::pointer::parse("/retired"), condition::negate(condition::any_of({"true"}))});
  EXPECT_TRUE(how.read(R"({"n":"a"})"));
  EXPECT_TRUE(how.read(R"({"n":"a","retired":false})"));
  EXPECT_FALSE(how.read(R"({"n":"a","retired":true})"));
}

TEST(SearchText, ItIsBounded) {
  std::string body = R"({"n":"a","l":[)";
  for (int i = 0; i < 3000; ++i) body += (i > 0 ? ",\"v" : "\"v") + std::to_string(i) + "\"";
  const auto got = definition({"/n", "/l"}).read(body + "]}");
  ASSERT_TRUE(got);
  EXPECT_EQ((*got)[1].size(), search_definition::values_max);
}

TEST(SearchText, AnotherDefinitionHasAnotherHash) {
  EXPECT_EQ(definition({"/n"}).hash(), definition({"/n"}).hash());
  EXPECT_NE(definition({"/n"}).hash(), definition({"/m"}).hash());
  auto of_another_class = definition({"/n"});
  of_another_class.of = "users";
  EXPECT_NE(of_another_class.hash(), definition({"/n"}).hash());
}

}  // namespace
}  // namespace freshet
