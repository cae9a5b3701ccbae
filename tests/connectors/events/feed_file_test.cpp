#include "connectors/upstream/events/feed_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "store/journal/side_file.hpp"

namespace freshet {
namespace {

feed_entry entry(std::string value, std::int64_t time, std::string identity,
                 std::uint32_t keep = 100, std::string feed = "f") {
  fed_event what{identity, time, "\"" + identity + "\""};
  return {std::move(feed), std::move(value), keep, std::make_shared<const fed_event>(what)};
}

std::string newest(feed_file& file, std::string_view value, std::size_t count = 100,
                   std::string_view feed = "f") {
  const auto got = file.newest(feed, value, count, 1 << 20);
  return got ? *got : got.error().text();
}

TEST(FeedFile, TheNewestComeFirstWheneverTheyCame) {
  auto file = feed_file::open("").value();
  const std::vector<feed_entry> all{entry("a", 2, "two"), entry("b", 9, "other"),
                                    entry("a", 3, "three"), entry("a", 1, "one"),
                                    entry("a", 3, "three too")};
  ASSERT_TRUE(file->add(all));
  EXPECT_EQ(newest(*file, "a"), R"(["three too","three","two","one"])");
  EXPECT_EQ(newest(*file, "a", 2), R"(["three too","three"])");
  EXPECT_EQ(newest(*file, "b"), R"(["other"])");
  EXPECT_EQ(newest(*file, "nobody"), "[]");
  EXPECT_EQ(newest(*file, "a", 9, "another feed"), "[]");
  EXPECT_EQ(newest(*file, "' OR 1=1 --"), "[]");
}

TEST(FeedFile, AnEventStandsOnceAndAListIsBounded) {
  auto file = feed_file::open("").value();
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10; ++i) {
      const std::vector<feed_entry> one{entry("a", i, std::to_string(i), 3)};
      ASSERT_TRUE(file->add(one));
    }
  EXPECT_EQ(newest(*file, "a"), R"(["9","8","7"])");
}

TEST(FeedFile, TheListsOfAFeedAreBounded) {
  auto file = feed_file::open("", {.lists = 3}).value();
  std::size_t dropped = 0;
  const auto add = [&](const std::string& value, std::int64_t time, std::string feed = "f") {
    const std::vector<feed_entry> one{entry(value, time, value + std::to_string(time), 100, feed)};
    dropped += file->add(one).value().dropped;
  };
  add("x", 1, "another");
  for (int i = 0; i < 3; ++i) add("v" + std::to_string(i), 10 + i);
  EXPECT_EQ(dropped, 0u);
  add("v0", 20);
  add("v0", 5);  // told late
  add("v3", 21);
  EXPECT_EQ(dropped, 1u);
  EXPECT_EQ(newest(*file, "v1"), "[]") << "its newest event was the oldest";
  EXPECT_EQ(newest(*file, "v0"), R"(["v020","v010","v05"])");
  EXPECT_EQ(newest(*file, "v3"), R"(["v321"])");
  add("v1", 2);
  EXPECT_EQ(newest(*file, "v1"), "[]") << "older than all others";
  EXPECT_EQ(newest(*file, "x", 9, "another"), R"(["x1"])") << "another feed's lists are its own";
}

TEST(FeedFile, InMemoryTheListsHaveSoManyBytes) {
  auto file = feed_file::open("", {.bytes = 1 << 20}).value();
  const std::string large(10 << 10, 'x');
  feed_file::added last;
  std::size_t dropped = 0;
  for (int i = 0; i < 500; ++i) {
    const std::vector<feed_entry> one{entry(std::to_string(i), i, large + std::to_string(i))};
    last = file->add(one).value();
    dropped += last.dropped;
  }
  EXPECT_GT(dropped, 300u);
  EXPECT_LT(dropped, 500u);
  EXPECT_LT(last.bytes, 2u << 20);
  EXPECT_NE(newest(*file, "499"), "[]");
  EXPECT_EQ(newest(*file, "0"), "[]");
}

class FeedOnDisk : public testing::Test {
 protected:
  FeedOnDisk() { std::filesystem::create_directories(folder_); }
  ~FeedOnDisk() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/s.db-events"; }

 private:
  std::string folder_ =
      testing::TempDir() + "feed-" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(FeedOnDisk, WhatWasAddedIsThereAfterwards) {
  const std::vector<feed_entry> all{entry("a", 2, "two")};
  ASSERT_TRUE(feed_file::open(path()).value()->add(all));
  auto again = feed_file::open(path()).value();
  ASSERT_TRUE(again->add(all)) << "told again";
  EXPECT_EQ(newest(*again, "a"), R"(["two"])");
}

/// As the first version left it: without the table of lists.
TEST_F(FeedOnDisk, AFileOfTheFirstVersionGoesOn) {
  const std::vector<feed_entry> all{entry("a", 2, "two"), entry("b", 1, "one")};
  ASSERT_TRUE(feed_file::open(path()).value()->add(all));
  {
    auto db = database::open(path()).value();
    ASSERT_TRUE(db->execute("DROP TABLE list; PRAGMA user_version=1"));
  }
  auto again = feed_file::open(path(), {.lists = 2}).value();
  const std::vector<feed_entry> more{entry("c", 3, "three")};
  EXPECT_EQ(again->add(more).value().dropped, 1u);
  EXPECT_EQ(newest(*again, "a"), R"(["two"])");
  EXPECT_EQ(newest(*again, "b"), "[]");
}

TEST_F(FeedOnDisk, AFileThatMakesNoSenseIsSetAsideAndEventsGoOn) {
  {
    std::ofstream(path()) << std::string(10'000, 'x');
  }
  side_file<feed_file> file(path(), [](const std::string& at) { return feed_file::open(at); });
  const std::vector<feed_entry> all{entry("a", 2, "two")};
  const auto add = [&](feed_file& is) { return is.add(all); };
  ASSERT_TRUE(file.use(wall_time{std::chrono::seconds{1'763'718'000}}, add));
  EXPECT_EQ(file.begun_anew(), 1u);
  EXPECT_TRUE(std::filesystem::exists(path() + ".damaged-20251121T094000Z"));
  EXPECT_EQ(newest(*feed_file::open(path()).value(), "a"), R"(["two"])");
}

TEST_F(FeedOnDisk, AFileThatTurnsOutDamagedIsSetAsideToo) {
  side_file<feed_file> file(path(), [](const std::string& at) { return feed_file::open(at); });
  const std::vector<feed_entry> all{entry("a", 2, "two")};
  const auto add = [&](feed_file& is) { return is.add(all); };
  ASSERT_TRUE(file.use({}, add));
  {
    auto db = database::open(path()).value();
    ASSERT_TRUE(db->execute("DROP TABLE entry"));
  }
  EXPECT_FALSE(file.use({}, add));
  EXPECT_TRUE(file.use({}, add));
  EXPECT_EQ(file.begun_anew(), 1u);
}

TEST_F(FeedOnDisk, AFileOfSomebodyElseIsLeftAlone) {
  {
    auto db = database::open(path()).value();
    ASSERT_TRUE(db->execute("CREATE TABLE mine (x); PRAGMA application_id=7"));
  }
  const auto got = feed_file::open(path());
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().text().find("another program"), std::string::npos);
}

/// Against a model: any order, any repetition, the same lists.
TEST(FeedFile, OrderAndRepetitionDoNotMatter) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    auto file = feed_file::open("").value();
    std::map<std::string, std::map<std::int64_t, std::string>> model;
    std::vector<feed_entry> all;
    for (std::int64_t i = 0; i < 40; ++i) {  // each time once: ties are another test
      const auto value = std::string(1, static_cast<char>('a' + random() % 3));
      const auto identity = value + std::to_string(i);
      all.push_back(entry(value, i, identity, 5));
      model[value][-i] = "\"" + identity + "\"";
      if (random() % 2 == 0) all.push_back(all[random() % all.size()]);
    }
    std::shuffle(all.begin(), all.end(), random);
    for (std::size_t at = 0; at < all.size();) {
      const auto n = std::min<std::size_t>(1 + random() % 7, all.size() - at);
      ASSERT_TRUE(file->add(std::span(all).subspan(at, n)));
      at += n;
    }
    for (const auto& [value, rows] : model) {
      std::string wanted = "[";
      std::size_t count = 0;
      for (const auto& [time, text] : rows)
        if (count++ < 5) wanted += (count > 1 ? "," : "") + text;
      EXPECT_EQ(newest(*file, value), wanted + "]") << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace freshet
