#include "connectors/catchup/history_walk.hpp"

#include <gtest/gtest.h>

#include "net/client/client_errc.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using end = history_walk::end;

constexpr wall_time day{1'700'000'000s};

class HistoryWalk : public testing::Test {
 protected:
  page_facts page(std::size_t rows, std::optional<std::uint64_t> pages = {}) {
    page_facts out;
    out.rows = out.messages = rows;
    out.pages = pages;
    out.mark = ++mark_;
    if (rows > 0) out.newest = day + std::chrono::seconds(mark_);
    return out;
  }
  void answer(const page_facts& p) { walk.answered(p, now); }
  std::uint64_t mark_ = 0;
  mono_time now{1h};
  history_walk walk{day, day + 1000s};
};

TEST_F(HistoryWalk, AnHonestHistoryIsReadToItsEnd) {
  EXPECT_EQ(walk.question().page, 1u);
  EXPECT_EQ(walk.question().from, day);
  EXPECT_EQ(walk.question().to, day + 1000s);
  answer(page(100, 2));
  EXPECT_EQ(walk.question().page, 2u);
  EXPECT_EQ(walk.reached(), day + 1s);
  answer(page(60, 2));
  EXPECT_FALSE(walk.ended()) << "only an empty page is an end";
  answer(page(0, 2));
  EXPECT_EQ(walk.how(), end::whole);
  EXPECT_EQ(walk.reached(), day + 1000s);
  EXPECT_EQ(walk.messages(), 160u);
  for (std::size_t i = 0; i < history_lies; ++i)
    EXPECT_EQ(walk.lies(static_cast<history_lie>(i)), 0u) << name_of(static_cast<history_lie>(i));
}

TEST_F(HistoryWalk, AnEmptyHistoryIsWhole) {
  answer(page(0, 0));
  EXPECT_EQ(walk.how(), end::whole);
}

TEST_F(HistoryWalk, TooFewPagesPromisedLoseNothing) {
  answer(page(100, 1));
  answer(page(100, 1));
  answer(page(3, 1));
  answer(page(0, 1));
  EXPECT_EQ(walk.how(), end::whole);
  EXPECT_EQ(walk.messages(), 203u);
  EXPECT_EQ(walk.lies(history_lie::more), 2u);
}

TEST_F(HistoryWalk, PagesThatWerePromisedAndStayAwayAreAHole) {
  answer(page(100, 5));
  answer(page(0, 5));
  EXPECT_FALSE(walk.ended());
  EXPECT_EQ(walk.question().page, 2u) << "asked again";
  EXPECT_GT(walk.not_before(), now);
  answer(page(0, 5));
  answer(page(0, 5));
  EXPECT_EQ(walk.how(), end::senseless);
  EXPECT_EQ(walk.reached(), day + 1s) << "another walk goes on here";
  EXPECT_EQ(walk.lies(history_lie::promised), 3u);
}

TEST_F(HistoryWalk, APageThatComesLateIsTaken) {
  answer(page(100, 2));
  answer(page(0, 2));
  answer(page(100, 2));
  answer(page(0, 2));
  EXPECT_EQ(walk.how(), end::whole);
}

TEST_F(HistoryWalk, TheSamePageForEverEnds) {
  auto same = page(100, 9);
  for (int i = 0; i < 4 && !walk.ended(); ++i) answer(same);
  EXPECT_EQ(walk.how(), end::senseless);
  EXPECT_EQ(walk.lies(history_lie::repeated), 3u);
}

TEST_F(HistoryWalk, MessagesOfAnotherTimeForEverEnd) {
  for (int i = 0; i < 3; ++i) {
    auto other = page(100, 1'000'000);
    other.outside = 100;
    answer(other);
  }
  EXPECT_EQ(walk.how(), end::senseless);
  EXPECT_EQ(walk.lies(history_lie::outside), 3u);
}

TEST_F(HistoryWalk, NewPagesForEverEndAtTheBounds) {
  history_walk::limits few;
  few.pages_max = 5;
  history_walk bounded(day, day + 1000s, few);
  for (int i = 0; i < 5; ++i) bounded.answered(page(100, 1'000'000'000), now);
  EXPECT_EQ(bounded.how(), end::bounds);
  few = {};
  few.messages_max = 250;
  history_walk short_one(day, day + 1000s, few);
  for (int i = 0; i < 3; ++i) short_one.answered(page(100), now);
  EXPECT_EQ(short_one.how(), end::bounds);
}

TEST_F(HistoryWalk, AWrongOrderIsCountedAndHowFarItCameIsNotBelieved) {
  answer(page(100));
  auto mixed = page(100);
  mixed.in_order = false;
  mixed.newest = day + 900s;
  answer(mixed);
  EXPECT_EQ(walk.reached(), day + 1s);
  EXPECT_EQ(walk.lies(history_lie::order), 1u);
  auto back = page(100);
  answer(back);
  EXPECT_EQ(walk.reached(), day + 1s) << "once is enough";
  answer(page(0));
  EXPECT_EQ(walk.how(), end::whole) << "order does not matter to marks";
}

TEST_F(HistoryWalk, FailuresWaitLongerAndEndOnlyByAnAnswer) {
  const error down(client_errc::unreachable);
  std::chrono::nanoseconds longest{0};
  for (int i = 0; i < 40; ++i) {
    walk.failed(down, ~std::uint64_t{0}, now);
    const auto wait = walk.not_before() - now;
    EXPECT_GE(wait + 1us, longest);
    longest = std::max(longest, wait);
  }
  EXPECT_LE(longest, 60s);
  EXPECT_GT(longest, 59s);
  EXPECT_EQ(walk.failures(), 40u);
  walk.failed(down, 0, now);
  EXPECT_EQ(walk.not_before(), now) << "full jitter";
  walk.failed(error(status_error(503, 120s)), 0, now);
  EXPECT_EQ(walk.not_before(), now + 120s) << "Retry-After";
  answer(page(100));
  EXPECT_EQ(walk.failures(), 0u);
  EXPECT_EQ(walk.question().page, 2u);
}

TEST_F(HistoryWalk, ATooLargePageIsAskedForInSmallerOnesFromTheSamePlace) {
  answer(page(100));
  answer(page(100));
  const error large(client_errc::too_large);
  walk.failed(large, 0, now);
  EXPECT_EQ(walk.question().rows, 50u);
  EXPECT_EQ(walk.question().page, 5u);
  answer(page(50));
  walk.failed(large, 0, now);
  EXPECT_EQ(walk.question().rows, 10u);
  EXPECT_EQ(walk.question().page, 26u);
  walk.failed(large, 0, now);
  walk.failed(large, 0, now);
  EXPECT_EQ(walk.question().rows, 1u);
  EXPECT_EQ(walk.question().page, 251u);
  EXPECT_EQ(walk.failures(), 0u);
  walk.failed(large, 0, now);
  EXPECT_EQ(walk.how(), end::too_large);
}

TEST_F(HistoryWalk, NothingBehindTheLastPageIsAnEndToo) {
  walk.failed(error(status_error(404)), 0, now);
  EXPECT_FALSE(walk.ended()) << "the address may be wrong";
  answer(page(40, 1));
  walk.failed(error(status_error(404)), 0, now);
  EXPECT_EQ(walk.how(), end::whole);
}

}  // namespace
}  // namespace freshet
