#include "store/body_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace freshet {
namespace {

TEST(BodyFile, HoldsTheBodyAndCannotBeChanged) {
  const std::string body(100'000, 'x');
  const auto file = body_file::make(body);
  ASSERT_TRUE(file);
  std::string read(body.size() + 1, '\0');
  read.resize(static_cast<std::size_t>(::pread(file->descriptor(), read.data(), read.size(), 0)));
  EXPECT_EQ(read, body);
  EXPECT_EQ(::pwrite(file->descriptor(), "y", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(file->descriptor(), 0), -1);
}

TEST(BodyFile, CountsWholePages) {
  const auto one = body_file::make(std::string(4096, 'x'));
  const auto two = body_file::make(std::string(4097, 'x'));
  ASSERT_TRUE(one && two);
  EXPECT_GT(one->bytes(), 4096u);
  EXPECT_EQ(two->bytes(), one->bytes() + 4096);
}

TEST(BodyFile, ThereAreOnlySoMany) {
  ASSERT_GT(body_file::most(), 0u);
  std::vector<std::unique_ptr<const body_file>> all;
  for (std::size_t i = 0; i < body_file::most(); ++i) {
    all.push_back(body_file::make("x"));
    ASSERT_TRUE(all.back()) << i;
  }
  EXPECT_FALSE(body_file::make("x"));
  all.pop_back();
  EXPECT_TRUE(body_file::make("x"));
}

}  // namespace
}  // namespace freshet
