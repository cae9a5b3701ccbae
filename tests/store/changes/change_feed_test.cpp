#include "store/changes/change_feed.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <random>
#include <thread>

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

change_ptr make(sequence at, page_ref ref) {
  auto c = std::make_shared<change>();
  c->at = at;
  c->ref = ref;
  c->path = "/" + std::to_string(ref);
  return c;
}

std::vector<sequence> numbers(const change_mailbox::batch& from) {
  std::vector<sequence> out;
  for (const auto& c : from.changes) out.push_back(c->at);
  return out;
}

TEST(ChangeFeed, AReaderIsWokenOncePerDrain) {
  change_feed feed;
  int woken = 0;
  auto box = feed.add([&] { ++woken; });
  feed.push(make(1, 0));
  feed.push(make(2, 1));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(feed.newest(), 2u);
  change_mailbox::batch batch;
  box->drain(batch);
  EXPECT_THAT(numbers(batch), ElementsAre(1, 2));
  box->drain(batch);
  EXPECT_THAT(numbers(batch), IsEmpty());
  feed.push(make(5, 0));
  EXPECT_EQ(woken, 2);
}

TEST(ChangeFeed, ASlowReaderKeepsTheNewestOfEachPage) {
  change_feed feed;
  auto box = feed.add([] {}, {.compact_at = 8, .pages_max = 1000});
  for (sequence at = 1; at <= 3000; ++at) {
    feed.push(make(at, static_cast<page_ref>(at % 3)));
    ASSERT_LE(box->counts().waiting, 8u);
  }
  change_mailbox::batch batch;
  box->drain(batch);
  std::map<page_ref, sequence> newest;
  for (const auto& c : batch.changes) newest[c->ref] = c->at;
  EXPECT_EQ(newest, (std::map<page_ref, sequence>{{0, 3000}, {1, 2998}, {2, 2999}}));
  EXPECT_EQ(batch.dropped, 0u);
  EXPECT_EQ(box->counts().compacted + batch.changes.size(), 3000u);
}

TEST(ChangeFeed, MorePagesThanItMayKeepAreDroppedAndSaid) {
  change_feed feed;
  auto box = feed.add([] {}, {.compact_at = 4, .pages_max = 10});
  for (sequence at = 1; at <= 100; ++at) feed.push(make(at, static_cast<page_ref>(at)));
  change_mailbox::batch batch;
  box->drain(batch);
  ASSERT_FALSE(batch.changes.empty());
  EXPECT_LE(batch.changes.size(), 20u);
  EXPECT_EQ(batch.changes.back()->at, 100u);
  EXPECT_EQ(batch.dropped + 1, batch.changes.front()->at);  // nothing between the two
  EXPECT_EQ(box->counts().dropped, 100 - batch.changes.size());
}

TEST(ChangeFeed, AfterCloseNobodyIsWoken) {
  change_feed feed;
  int woken = 0;
  auto box = feed.add([&] { ++woken; });
  box->close();
  feed.push(make(1, 0));
  EXPECT_EQ(woken, 0);
  change_mailbox::batch batch;
  box->drain(batch);
  EXPECT_THAT(numbers(batch), IsEmpty());
}

struct heard {
  std::vector<sequence> changes;
  int lapped = 0;
  change_replica::visitor visitor() {
    return {[this](const change_ptr& c) { changes.push_back(c->at); }, [this] { ++lapped; }};
  }
};

TEST(ChangeReplica, BeginsAsHomesLogAndFollows) {
  change_log home(7);
  home.append(make(1, 0));
  home.append(make(2, 1));
  change_feed feed(home.last());
  heard what;
  change_replica replica(feed.add([] {}), home, what.visitor());
  EXPECT_EQ(replica.log().last(), 2u);
  EXPECT_EQ(replica.log().epoch(), 7u);
  for (sequence at = 3; at <= 4; ++at) {
    home.append(make(at, 0));
    feed.push(home.newest(0));
  }
  EXPECT_EQ(replica.drain(), 2u);
  EXPECT_THAT(what.changes, ElementsAre(3, 4));
  EXPECT_EQ(replica.log().last(), 4u);
  EXPECT_EQ(replica.log().size(), 2u);
  EXPECT_TRUE(replica.log().whole_since(0));
}

TEST(ChangeReplica, WhatWasLostUnreadIsLostInTheLogToo) {
  change_log home(7);
  home.append(make(1, 500));
  change_feed feed(home.last());
  heard what;
  change_replica replica(feed.add([] {}, {.compact_at = 4, .pages_max = 10}), home, what.visitor());
  for (sequence at = 2; at <= 100; ++at) feed.push(make(at, static_cast<page_ref>(at)));
  replica.drain();
  EXPECT_EQ(what.lapped, 1);
  EXPECT_THAT(what.changes, IsEmpty());
  const auto dropped = replica.log().dropped();
  EXPECT_GT(dropped, 80u);
  EXPECT_LT(dropped, 100u);
  EXPECT_EQ(replica.log().size(), 100 - dropped);
  EXPECT_FALSE(replica.log().whole_since(dropped - 1));
}

/// Home pushes as fast as it can; readers of different speed end with the same newest change of
/// every page, and never see a position that their mailbox does not hold.
class reader {
 public:
  explicit reader(change_feed& feed, change_mailbox::limits bounds)
      : feed_(feed),
        replica_(feed.add([this] { wake(); }, bounds), change_log(1),
                 {[this](const change_ptr& c) { take(*c); }}) {}

  void run(sequence until) {
    while (replica_.log().last() < until) {
      wait();
      const auto named = feed_.newest();
      replica_.drain();
      bad_ += replica_.log().last() < named;
    }
  }
  std::uint64_t bad() const { return bad_; }
  const change_log& log() const { return replica_.log(); }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    bad_wakes_ += woken_;
    woken_ = true;
    came_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return woken_; });
    woken_ = false;
    bad_ += bad_wakes_;
  }
  void take(const change& c) {
    bad_ += c.at <= last_;
    last_ = c.at;
  }

  change_feed& feed_;
  std::mutex mutex_;
  std::condition_variable came_;
  bool woken_ = false;
  std::uint64_t bad_wakes_ = 0, bad_ = 0;
  sequence last_ = 0;
  change_replica replica_;
};

TEST(ChangeFeed, ReadersInThreadsAgreeInTheEnd) {
  constexpr sequence count = 20'000;
  change_feed feed;
  reader quick(feed, {}), tight(feed, {.compact_at = 4});
  std::thread a([&] { quick.run(count); }), b([&] { tight.run(count); });
  std::mt19937_64 random(5);
  std::map<page_ref, sequence> newest;
  for (sequence at = 1; at <= count; ++at) {
    const auto page = static_cast<page_ref>(random() % 50);
    newest[page] = at;
    feed.push(make(at, page));
  }
  a.join();
  b.join();
  EXPECT_EQ(quick.bad() + tight.bad(), 0u);
  for (const auto& [page, at] : newest) {
    EXPECT_EQ(quick.log().changed(page), at);
    EXPECT_EQ(tight.log().changed(page), at);
  }
  EXPECT_EQ(quick.log().size(), newest.size());
}

}  // namespace
}  // namespace freshet
