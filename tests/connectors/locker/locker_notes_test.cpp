#include "connectors/locker/locker_notes.hpp"

#include <gmock/gmock.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A locker, its notes, and a disk that is a map.
class LockerNotes : public testing::Test {
 protected:
  LockerNotes() {
    notes.follow(all, {}, [this] { ++woken; });
  }
  static locked_event event(std::string why) {
    locked_event one;
    one.bus = "fedmsg";
    one.why = std::move(why);
    one.at = wall_time{} + std::chrono::hours{1};
    return one;
  }
  journal_batch cut() {
    journal_batch out;
    notes.cut(out);
    return out;
  }
  void write() {
    const auto batch = cut();
    for (const auto n : batch.unlocked) disk.erase(n);
    for (const auto& one : batch.locked) disk[one.number] = one;
    for (const auto& one : batch.locked_again) {
      ASSERT_TRUE(disk.contains(one.number)) << one.number << " has no bytes there";
      disk[one.number].times = one.times;
      disk[one.number].tries = one.tries;
    }
  }
  void expect_same() {
    std::vector<std::uint64_t> there;
    for (const auto& [number, one] : disk) there.push_back(number);
    EXPECT_EQ(there, all.numbers());
    all.each([&](const locked_event& one) {
      EXPECT_EQ(disk[one.number].bytes, one.bytes);
      EXPECT_EQ(disk[one.number].times, one.times);
      EXPECT_EQ(disk[one.number].tries, one.tries);
    });
  }

  metrics m;
  locker_notes notes;
  locker all{m, {.events = 4}, &notes};
  std::map<std::uint64_t, locked_event> disk;
  int woken = 0;
};

TEST_F(LockerNotes, WhatComesAgainIsWrittenWithoutItsBytes) {
  all.put(event("rule"), "the message");
  EXPECT_GT(woken, 0);
  auto batch = cut();
  ASSERT_EQ(batch.locked.size(), 1u);
  EXPECT_EQ(batch.locked[0].bytes, "the message");
  EXPECT_FALSE(notes.any());
  for (int i = 0; i < 100; ++i) all.put(event("rule"), "the message");
  batch = cut();
  EXPECT_THAT(batch.locked, IsEmpty());
  ASSERT_EQ(batch.locked_again.size(), 1u);
  EXPECT_EQ(batch.locked_again[0].times, 101u);
  EXPECT_EQ(batch.locked_again[0].bytes, "");
}

TEST_F(LockerNotes, WhatTheDiskNeverHadIsNotDeletedThere) {
  all.put(event("rule"), "a");
  all.drop(1);
  EXPECT_FALSE(notes.any());
  all.put(event("rule"), "b");
  write();
  all.drop(2);
  EXPECT_THAT(cut().unlocked, ElementsAre(2u));
}

TEST_F(LockerNotes, ABatchThatCouldNotBeWrittenIsNotedAgain) {
  all.put(event("rule"), "a");
  write();
  all.put(event("rule"), "b");
  all.put(event("rule"), "a");
  all.drop(1);
  const auto lost = cut();
  all.drop(2);
  notes.give_back(lost);
  write();
  expect_same();
}

TEST_F(LockerNotes, AFileThatBeginsAnewGetsAllOfIt) {
  all.put(event("rule"), "a");
  all.put(event("rule"), "b");
  write();
  all.drop(1);
  disk.clear();
  notes.note_everything();
  write();
  expect_same();
}

TEST_F(LockerNotes, AnythingInAnyOrderIsInTheEndOnTheDisk) {
  std::uint64_t x = 88172645463325252;
  const auto dice = [&x](std::uint64_t n) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x % n;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto have = all.numbers();
    switch (dice(6)) {
      case 0:
      case 1:
        all.put(event(dice(2) == 0 ? "rule" : "mark"), std::to_string(dice(6)));
        break;
      case 2:
        if (!have.empty()) all.drop(have[dice(have.size())]);
        break;
      case 3:
        if (!have.empty()) {  // taken again, and it choked once more
          auto one = all.take(have[dice(have.size())]);
          if (dice(2) == 0) all.again(std::move(*one));
        }
        break;
      case 4:
        write();
        break;
      default: {
        const auto lost = cut();
        if (dice(2) == 0) all.put(event("rule"), "meanwhile");
        if (!have.empty()) all.drop(have[dice(have.size())]);
        notes.give_back(lost);
      }
    }
  }
  write();
  expect_same();
}

TEST_F(LockerNotes, ARestoredLockerIsOnTheDiskAlready) {
  for (const auto* bytes : {"a", "b", "c", "d"}) all.put(event("rule"), bytes);
  write();
  metrics other;
  locker_notes next;
  locker smaller(other, {.events = 3}, &next);
  std::vector<locked_event> left;
  std::vector<std::uint64_t> written;
  for (const auto& [number, one] : disk) {
    left.push_back(one);
    written.push_back(number);
  }
  smaller.restore(std::move(left));
  next.follow(smaller, written, [] {});
  journal_batch batch;
  next.cut(batch);
  EXPECT_THAT(batch.locked, IsEmpty());
  EXPECT_THAT(batch.unlocked, ElementsAre(1u)) << "there was no room for it";
}

}  // namespace
}  // namespace freshet
