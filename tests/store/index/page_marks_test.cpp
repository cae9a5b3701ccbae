#include "store/index/page_marks.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string_view>;
using shown = std::vector<std::vector<std::string>>;

class PageMarks : public ::testing::Test {
 protected:
  PageMarks() {
    book.add_class(0, {});
    index.add_class(0, 1, 1);  // user; shows bug
    index.add_shape(0, 0b01);
    index.add_shape(0, 0b10);
  }
  void add(page_ref page, const std::string& user, const shown& bugs = {}) {
    const words parameters{user};
    ASSERT_TRUE(marks.add(page, 0, {parameters, bugs}));
    book.ask(page, lane::visitor, cause::miss, now);
    commit(*book.claim_next(0, now));
  }
  bool commit(const claim& c) {
    return book.commit(c.ref, c.token, {.good = 1, .changed = true}, now).accepted;
  }
  page_marks::marked event(dimension_mask bound, words values) {
    return marks.mark({0, bound, values, {}}, now);
  }
  void add_many(page_ref n) {
    for (page_ref p = 0; p < n; ++p) add(p, "u" + std::to_string(p));
  }

  mono_time now{1h};
  dependency_index index;
  ledger book{1, 1};
  page_marks marks{index, book};
};

TEST_F(PageMarks, AnEventMarksItsPagesWithOneNumber) {
  add(0, "ann", {{"7"}});
  add(1, "bob", {{"7"}});
  add(2, "cid", {{"8"}});
  const auto out = event(0b10, {"7"});
  EXPECT_EQ(out.pages, 2u);
  EXPECT_FALSE(out.wide);
  EXPECT_EQ(book.status(0).want, out.at);
  EXPECT_EQ(book.status(1).want, out.at);
  EXPECT_EQ(book.state(2), freshness_state::fresh);
}

TEST_F(PageMarks, AWideMarkShowsAtOnceAndQueuesInSlices) {
  add_many(1000);
  const auto out = event(0, {});
  EXPECT_TRUE(out.wide);
  EXPECT_EQ(book.queued(), 0u);
  for (page_ref p = 0; p < 1000; ++p) ASSERT_EQ(book.state(p), freshness_state::stale);
  EXPECT_EQ(book.status(3).want, out.at);
  EXPECT_TRUE(marks.slice(300, now));
  EXPECT_EQ(book.queued(), 300u);
  EXPECT_TRUE(marks.slice(699, now));
  EXPECT_FALSE(marks.slice(300, now));
  EXPECT_EQ(book.queued(), 1000u);
}

TEST_F(PageMarks, ARefreshDuringTheSlicesServesTheWideMarkOnce) {
  add_many(300);
  event(0b01, {"u0"});
  event(0, {});
  const auto c = book.claim_next(0, now);  // page 0, which no slice has reached
  ASSERT_TRUE(c && c->ref == 0);
  commit(*c);
  EXPECT_EQ(book.state(0), freshness_state::fresh);
  while (marks.slice(50, now)) {
  }
  EXPECT_EQ(book.queued(), 299u);
}

TEST_F(PageMarks, AWideMarkDuringARefreshQueuesThatPageAgain) {
  add_many(300);
  event(0b01, {"u0"});
  const auto c = book.claim_next(0, now);
  event(0, {});
  const auto out = book.commit(0, c->token, {.good = 1}, now);
  EXPECT_TRUE(out.accepted && out.requeued);
}

TEST_F(PageMarks, AStreamOfWideMarksReachesEveryMember) {
  add_many(400);
  for (int i = 0; i < 8; ++i) {
    event(0, {});
    marks.slice(50, now);
  }
  EXPECT_EQ(book.queued(), 400u);
  while (marks.slice(1000, now)) {
  }
  for (page_ref p = 0; p < 400; ++p) {
    ASSERT_EQ(book.status(p).want, book.last_sequence());
  }
}

TEST_F(PageMarks, MembersThatLeaveDuringTheSlicesHideNobody) {
  add_many(600);
  event(0, {});
  for (page_ref p = 0; p < 590; p += 2) {
    marks.slice(1, now);
    marks.forget(p);
  }
  while (marks.slice(100, now)) {
  }
  for (page_ref p = 0; p < 600; ++p) {
    if (!book.knows(p)) continue;
    const freshness f = book.status(p);
    ASSERT_TRUE(f.queued) << p;
  }
}

TEST_F(PageMarks, AnEventThatNamesANewlyShownValueDuringTheRefreshQueuesThePageAgain) {
  add(0, "ann");
  event(0b01, {"ann"});
  const auto c = book.claim_next(0, now);
  EXPECT_EQ(event(0b10, {"9"}).pages, 0u) << "nobody is known to show 9 yet";
  ASSERT_TRUE(commit(*c));
  const words ann{"ann"};
  const shown bugs{{"9"}};
  EXPECT_TRUE(marks.learn(0, 0, {ann, bugs}, c->token, now).requeued);
  const auto again = book.claim_next(0, now);
  ASSERT_TRUE(again);
  commit(*again);
  EXPECT_FALSE(marks.learn(0, 0, {ann, bugs}, again->token, now).requeued);
}

TEST_F(PageMarks, AnEventBeforeTheClaimDoesNot) {
  add(0, "ann");
  event(0b01, {"ann"});
  event(0b10, {"9"});
  const auto c = book.claim_next(0, now);
  event(0b10, {"8"});
  commit(*c);
  const words ann{"ann"};
  const shown bugs{{"9"}};
  EXPECT_FALSE(marks.learn(0, 0, {ann, bugs}, c->token, now).requeued);
}

TEST(RecentTags, WhatWasForgottenIsKnown) {
  recent_tags recent(2);
  recent.note(1, 10, {});
  recent.note(2, 11, {});
  recent.note(1, 12, {});
  EXPECT_EQ(recent.forgotten(), 10u);
  ASSERT_TRUE(recent.find(1));
  EXPECT_EQ(recent.find(1)->at, 12u) << "the newer mark of the tag stays";
  recent.prune(11);
  EXPECT_FALSE(recent.find(2));
  recent.prune(std::nullopt);
  EXPECT_EQ(recent.size(), 0u);
}

}  // namespace
}  // namespace freshet
