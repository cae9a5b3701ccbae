#include "store/index/dependency_index.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using words = std::vector<std::string_view>;
using shown = std::vector<std::vector<std::string>>;

class DependencyIndex : public ::testing::Test {
 protected:
  DependencyIndex() {
    index.add_class(0, 3, 0);  // package, release, page
    index.add_shape(0, 0b001);
    index.add_shape(0, 0b011);
    index.add_class(1, 1, 1);  // user; shows bug
    index.add_shape(1, 0b10);
    index.add_shape(1, 0b11);
  }
  std::vector<page_ref> hit(class_id of, dimension_mask bound, words values) {
    const auto id = index.find(dependency_index::hash(of, bound, values));
    if (!id) return {};
    const auto m = index.members(*id);
    return {m.begin(), m.end()};
  }
  bool put(page_ref page, class_id of, const words& parameters, const shown& shows = {}) {
    return index.put(page, of, {parameters, shows});
  }

  dependency_index index;
};

TEST_F(DependencyIndex, APartialBindingFindsEveryKnownInstance) {
  put(0, 0, {"guake", "f41", "1"});
  put(1, 0, {"guake", "f41", "2"});
  put(2, 0, {"guake", "f40", "1"});
  put(3, 0, {"bash", "f41", "1"});
  EXPECT_THAT(hit(0, 0b001, {"guake"}), UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(hit(0, 0b011, {"guake", "f41"}), UnorderedElementsAre(0, 1));
  EXPECT_THAT(hit(0, 0, {}), UnorderedElementsAre(0, 1, 2, 3));
  EXPECT_THAT(hit(0, 0b001, {"gua"}), IsEmpty());
  EXPECT_THAT(hit(1, 0, {}), IsEmpty());
}

TEST_F(DependencyIndex, ValuesDoNotRunTogether) {
  put(0, 0, {"ab", "c", ""});
  EXPECT_THAT(hit(0, 0b011, {"a", "bc"}), IsEmpty());
  EXPECT_THAT(hit(0, 0b011, {"ab", "c"}), ElementsAre(0));
}

TEST_F(DependencyIndex, ShownValuesAreReplaced) {
  put(0, 1, {"ann"});
  EXPECT_THAT(hit(1, 0b10, {"7"}), IsEmpty());
  put(0, 1, {"ann"}, {{"7", "8", "7"}});
  put(1, 1, {"bob"}, {{"8"}});
  EXPECT_THAT(hit(1, 0b10, {"8"}), UnorderedElementsAre(0, 1));
  EXPECT_THAT(hit(1, 0b11, {"ann", "8"}), ElementsAre(0));
  put(0, 1, {"ann"}, {{"9"}});
  EXPECT_THAT(hit(1, 0b10, {"7"}), IsEmpty());
  EXPECT_THAT(hit(1, 0b10, {"8"}), ElementsAre(1));
  EXPECT_THAT(hit(1, 0b10, {"9"}), ElementsAre(0));
  EXPECT_THAT(hit(1, 0, {}), UnorderedElementsAre(0, 1));
}

TEST_F(DependencyIndex, TooManyTagsAreRefusedAndTheKnownOnesStay) {
  put(0, 1, {"ann"}, {{"7"}});
  shown many(1);
  for (std::size_t i = 0; i <= dependency_index::tags_max; ++i)
    many[0].push_back("b" + std::to_string(i));
  EXPECT_FALSE(put(0, 1, {"ann"}, many));
  EXPECT_THAT(hit(1, 0b10, {"7"}), ElementsAre(0));
}

TEST_F(DependencyIndex, EraseLeavesNothing) {
  const std::size_t empty = index.tags();
  for (page_ref p = 0; p < 100; ++p) put(p, 0, {"guake", p % 2 ? "f41" : "f40", "1"});
  const std::size_t full = index.bytes();
  for (page_ref p = 0; p < 100; ++p) index.erase(p);
  EXPECT_EQ(index.tags(), empty);
  EXPECT_LT(index.bytes(), full);
}

TEST_F(DependencyIndex, AgreesWithAScanOfAllPages) {
  std::mt19937 random(11);
  std::map<page_ref, std::pair<std::string, std::set<std::string>>> model;
  auto word = [&](unsigned n) { return std::string(1, static_cast<char>('a' + random() % n)); };
  for (int i = 0; i < 4000; ++i) {
    const page_ref page = static_cast<page_ref>(random() % 30);
    if (model.contains(page) && random() % 3 == 0) {
      index.erase(page);
      model.erase(page);
    } else {
      const std::string user = model.contains(page) ? model[page].first : word(4);
      shown bugs(1);
      for (auto n = random() % 6; n > 0; --n) bugs[0].push_back(word(8));
      put(page, 1, {user}, bugs);
      model[page] = {user, {bugs[0].begin(), bugs[0].end()}};
    }
    const std::string bug = word(8), user = word(4);
    std::vector<page_ref> by_bug, by_both;
    for (const auto& [p, v] : model) {
      if (!v.second.contains(bug)) continue;
      by_bug.push_back(p);
      if (v.first == user) by_both.push_back(p);
    }
    auto sorted = [](std::vector<page_ref> v) { return std::sort(v.begin(), v.end()), v; };
    ASSERT_EQ(sorted(hit(1, 0b10, {bug})), by_bug);
    ASSERT_EQ(sorted(hit(1, 0b11, {user, bug})), by_both);
    ASSERT_EQ(hit(1, 0, {}).size(), model.size());
  }
}

}  // namespace
}  // namespace freshet
