#include "tests/store/home/home.hpp"

namespace freshet {
namespace {

/// Pages of one person: what they change to is told only to streams that name them.
class Guarded : public test::home {
 protected:
  static constexpr std::string_view mine =
      "[page.p]\npath = '/p/{name}.json'\nonly = { name = 'X-Auth-User' }\n"
      "fetch = { upstream = 'u', get = '/x/{name}' }\n"
      "on = [{ topic = 't', set = { name = '/msg/name' } }]\n";
};

TEST_F(Guarded, EachChangeOfAPageOfOnePersonSaysSo) {
  open(mine);
  EXPECT_TRUE(store->guards(0));
  const auto page = built("/p/a.json");
  mark("a");
  put(take(), "two");
  store->purge(page, now);
  ASSERT_EQ(changed.size(), 3u);
  for (const auto& each : changed) EXPECT_TRUE(each->guarded) << each->at;
}

TEST_F(Guarded, ThoseOfEverybodyDoNot) {
  open(plain);
  EXPECT_FALSE(store->guards(0));
  built("/p/a.json");
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_FALSE(changed[0]->guarded);
}

}  // namespace
}  // namespace freshet
