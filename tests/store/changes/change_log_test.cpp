#include "store/changes/change_log.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

change_ptr make(sequence at, page_ref ref, std::string path = {}) {
  auto c = std::make_shared<change>();
  c->at = at;
  c->ref = ref;
  c->path = path.empty() ? "/" + std::to_string(ref) : std::move(path);
  return c;
}

std::vector<sequence> told(const change_log& log, sequence since) {
  std::vector<sequence> out;
  for (const auto& c : log.since(since)) out.push_back(c->at);
  return out;
}

TEST(ChangeLog, EachPageStandsOnceAtItsNewestChange) {
  change_log log(9);
  log.append(make(1, 0));
  log.append(make(2, 1));
  log.append(make(5, 0));
  EXPECT_THAT(told(log, 0), ElementsAre(2, 5));
  EXPECT_THAT(told(log, 2), ElementsAre(5));
  EXPECT_THAT(told(log, 5), IsEmpty());
  EXPECT_EQ(log.changed(0), 5u);
  EXPECT_EQ(log.changed(7), 0u);
  EXPECT_EQ(log.epoch(), 9u);
}

TEST(ChangeLog, OldestLeaveBeyondTheCountAndAreKnownToBeMissing) {
  change_log log(1, {.records_max = 3, .bytes_max = 1 << 20});
  for (page_ref p = 0; p < 5; ++p) log.append(make(10 + p, p));
  EXPECT_THAT(told(log, 0), ElementsAre(12, 13, 14));
  EXPECT_EQ(log.dropped(), 11u);
  EXPECT_FALSE(log.whole_since(10));
  EXPECT_TRUE(log.whole_since(11));
  EXPECT_EQ(log.changed(0), 0u);
}

TEST(ChangeLog, OldestLeaveBeyondTheBytes) {
  change_log log(1, {.records_max = 1000, .bytes_max = 4096});
  for (page_ref p = 0; p < 500; ++p) log.append(make(1 + p, p));
  EXPECT_LT(log.size(), 40u);
  EXPECT_GT(log.size(), 0u);
  EXPECT_EQ(log.dropped(), 500 - log.size());
}

TEST(ChangeLog, ARowUsedAgainDoesNotHideADeletion) {
  change_log log(1);
  log.append(make(1, 0, "/old"));
  log.append(make(2, 0, "/new"));
  EXPECT_THAT(told(log, 0), ElementsAre(1, 2));
  log.append(make(3, 0, "/new"));
  EXPECT_THAT(told(log, 0), ElementsAre(1, 3));
}

// A reader that is cut after any frame and resumes ends with what an uncut reader has.
TEST(ChangeLog, CutAnywhereAndResumeMissesNothing) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    change_log log(1, {.records_max = 20, .bytes_max = 1 << 20});
    std::map<page_ref, sequence> model, seen;
    sequence at = 0, up_to = 0;
    for (int i = 0; i < 60; ++i) {
      const page_ref page = static_cast<page_ref>(random() % 15);
      log.append(make(at += 1 + random() % 3, page));
      model[page] = at;
      if (random() % 4 != 0) continue;
      auto frames = random() % 5;
      for (const auto& c : log.since(up_to)) {
        if (frames-- == 0) break;
        ASSERT_GT(c->at, up_to);
        up_to = c->at;
        seen[c->ref] = c->at;
      }
    }
    for (const auto& c : log.since(up_to)) seen[c->ref] = c->at;
    ASSERT_TRUE(log.whole_since(up_to));
    ASSERT_EQ(seen, model);
  }
}

}  // namespace
}  // namespace freshet
