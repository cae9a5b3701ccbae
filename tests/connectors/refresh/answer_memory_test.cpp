#include "connectors/refresh/answer_memory.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

std::array<char, 32> content(char c) {
  std::array<char, 32> out;
  out.fill(c);
  return out;
}

TEST(AnswerMemory, AValidatorHoldsForTheContentItWasGivenFor) {
  answer_memory of;
  of.keep(1, {}, content('a'), {{"GET /x", "\"1\"", ""}, {"GET /y", "", "then"}});
  ASSERT_NE(of.find(1, content('a'), "GET /x"), nullptr);
  EXPECT_EQ(of.find(1, content('a'), "GET /x")->etag, "\"1\"");
  EXPECT_EQ(of.find(1, content('b'), "GET /x"), nullptr);
  EXPECT_EQ(of.find(2, content('a'), "GET /x"), nullptr);
  of.keep(1, content('a'), content('b'), {{"GET /x", "\"2\"", ""}});
  EXPECT_EQ(of.find(1, content('b'), "GET /x")->etag, "\"2\"");
  EXPECT_NE(of.find(1, content('b'), "GET /y"), nullptr) << "that part is as it was";
  of.keep(1, content('?'), content('c'), {{"GET /x", "\"3\"", ""}});
  EXPECT_EQ(of.find(1, content('c'), "GET /y"), nullptr) << "nobody knows what it was of";
  of.keep(1, content('c'), content('d'), {{"GET /x", "", ""}});
  EXPECT_EQ(of.find(1, content('d'), "GET /x"), nullptr) << "it says nothing any more";
}

TEST(AnswerMemory, PagesAndTheirBytesAreBounded) {
  answer_memory of(10);
  for (page_ref page = 0; page < 25; ++page)
    of.keep(page, {}, content('a'), {{"GET /", "\"1\"", ""}});
  EXPECT_EQ(of.size(), 10u);
  EXPECT_EQ(of.find(14, content('a'), "GET /"), nullptr);
  EXPECT_NE(of.find(15, content('a'), "GET /"), nullptr);
  const auto small = of.bytes();
  for (page_ref page = 30; page < 40; ++page)
    of.keep(page, {}, content('a'), {{std::string(4000, '/'), "\"1\"", ""}});
  EXPECT_LE(of.bytes(), 10u * 1024);
  EXPECT_EQ(of.size(), 2u) << "the newest";
  EXPECT_NE(of.find(39, content('a'), std::string(4000, '/')), nullptr);
  of.keep(50, {}, content('a'), {{std::string(20'000, '/'), "\"1\"", ""}});
  EXPECT_EQ(of.size(), 0u) << "larger than all may be together";
  EXPECT_EQ(of.bytes(), 0u);
  for (page_ref page = 0; page < 10; ++page)
    of.keep(page, {}, content('a'), {{"GET /", "\"1\"", ""}});
  EXPECT_EQ(of.bytes(), small);
}

}  // namespace
}  // namespace freshet
