#include "store/journal/next_run.hpp"

#include <limits>

#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

constexpr wall_time today{1'763'718'000s};

saved_page page_at(sequence at) {
  saved_page page;
  page.version = page.have = at;
  page.parts = {{at, at}};
  return page;
}

TEST(NextRun, ANumberThatWasNeverGivenAwayIsDamage) {
  journal_head before;
  before.reserved = 100;
  EXPECT_FALSE(contradicts(page_at(100), before));
  EXPECT_TRUE(contradicts(page_at(101), before));
  auto page = page_at(100);
  page.parts[0].want = sequence{1} << 60;
  EXPECT_TRUE(contradicts(page, before));
  page = page_at(100);
  page.parts.push_back({0, 101});
  EXPECT_TRUE(contradicts(page, before));
  page = page_at(100);
  page.have = 101;
  EXPECT_TRUE(contradicts(page, before));
}

TEST(NextRun, NoTimeOfAFileIsTooFarAway) {
  auto page = page_at(5);
  page.errors = 1;
  for (const auto damaged : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0},
                             std::numeric_limits<std::int64_t>::max()}) {
    page.errors_since = journal_rows::time_of(damaged);
    page.parked_until = page.errors_since;
    const auto is = remembered(page, 0, 0, false, today);
    EXPECT_EQ(is.trouble.errors_age > 0s, damaged <= 0);
    EXPECT_EQ(*is.trouble.parked_for > 0s, damaged > 0);
  }
}

}  // namespace
}  // namespace freshet
