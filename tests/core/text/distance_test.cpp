#include "core/text/distance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace freshet {
namespace {

TEST(Distance, CountsEdits) {
  EXPECT_EQ(distance("listen", "listen", 3), 0u);
  EXPECT_EQ(distance("listen", "lisen", 3), 1u);
  EXPECT_EQ(distance("listen", "lsiten", 3), 1u);
  EXPECT_EQ(distance("kitten", "sitting", 3), 3u);
  EXPECT_EQ(distance("", "abc", 3), 3u);
}

TEST(Distance, StopsAtItsBound) {
  EXPECT_EQ(distance("abc", "xyz", 1), 2u);
  EXPECT_EQ(distance("a", "abcdefgh", 3), 4u);
  EXPECT_EQ(distance("ab", "ba", 0), 1u);
  const std::string large(65, 'a');
  EXPECT_EQ(distance(large, large, 2), 0u);
  EXPECT_EQ(distance(large, std::string(64, 'a'), 2), 3u);
}

TEST(Distance, IsTheSameWithAndWithoutABound) {
  std::mt19937 random(3);
  const auto word = [&] {
    std::string text(random() % 8, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 5'000; ++i) {
    const std::string a = word(), b = word();
    const std::size_t exact = distance(a, b, 64);
    ASSERT_EQ(exact, distance(b, a, 64)) << a << ' ' << b;
    for (std::size_t bound = 0; bound < 5; ++bound) {
      ASSERT_EQ(distance(a, b, bound), std::min(exact, bound + 1)) << a << ' ' << b;
    }
  }
}

std::string nearest(std::string_view misspelt, const std::vector<std::string>& names) {
  nearest_name search(misspelt);
  for (const auto& name : names) search.offer(name);
  return std::string(search.best().value_or("(none)"));
}

TEST(NearestName, IsWhatWasMeant) {
  const std::vector<std::string> names{"listen", "limits", "loops", "log", "min_interval"};
  EXPECT_EQ(nearest("lisen", names), "listen");
  EXPECT_EQ(nearest("limit", names), "limits");
  EXPECT_EQ(nearest("Log", names), "log");
  EXPECT_EQ(nearest("min-intervall", names), "min_interval");
  EXPECT_EQ(nearest("upstream", names), "(none)");
  EXPECT_EQ(nearest("", names), "(none)");
  EXPECT_EQ(nearest(std::string(1000, 'l'), names), "(none)");
}

TEST(NearestName, OfEqualsTheFirstWins) {
  EXPECT_EQ(nearest("lot", {"lop", "log"}), "lop");
  EXPECT_EQ(nearest("lot", {"lop", "lot"}), "lot");
}

}  // namespace
}  // namespace freshet
