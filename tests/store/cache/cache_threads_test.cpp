#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "store/cache/cache_home.hpp"
#include "tests/store/cache/pages.hpp"

// One writer, three readers, real threads. Meant for the tsan preset; the checks of content hold in
// any.
namespace freshet {
namespace {

using test::make_view;
using test::path_of;

constexpr std::size_t pages = 64;
constexpr std::size_t readers = 3;

/// A loop's mailbox: bounded, so that a second update in flight would be seen.
template <class T>
class mailbox {
 public:
  explicit mailbox(std::size_t bound) : bound_(bound) {}
  bool put(T item) {
    const std::lock_guard lock(mutex_);
    if (items_.size() == bound_) return false;
    items_.push_back(std::move(item));
    came_.notify_one();
    return true;
  }
  bool take(T& item) {
    const std::lock_guard lock(mutex_);
    return pop(item);
  }
  void wait(T& item) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !items_.empty(); });
    pop(item);
  }

 private:
  bool pop(T& item) {
    if (items_.empty()) return false;
    item = std::move(items_.front());
    items_.pop_front();
    return true;
  }
  std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<T> items_;
};

struct acknowledgement {
  std::size_t loop = 0;
  std::uint64_t round = 0;
  std::size_t index_bytes = 0;
};

struct shared {
  std::deque<mailbox<index_update_ptr>> to_reader;
  mailbox<acknowledgement> to_home{readers};
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> bad{0};
  std::atomic<std::uint64_t> hits{0};
};

bool is_whole(const entry& e) {
  const auto expected = make_view(e.version, e.body().size());
  return e.etag == expected.content->etag && e.body() == expected.content->body();
}

/// Handlers of a few lookups each; between two of them the mailbox. A null update ends the loop.
void read(shared& all, std::size_t loop) {
  cache_index index(3);
  std::mt19937_64 random(loop);
  std::vector<sequence> newest(pages);
  entry_ptr kept;  // across handlers, as a response that the kernel did not take whole
  std::uint64_t hits = 0;
  std::uint64_t bad = 0;
  for (;;) {
    index_update_ptr update;
    if (all.to_reader[loop - 1].take(update)) {
      if (update == nullptr) break;
      index.apply(*update);
      all.lost += !all.to_home.put({loop, update->round, index.bytes()});
    }
    for (int i = 0; i < 8; ++i) {
      const auto n = random() % pages;
      index.with(path_of(n), [&](const slot& s, const view& v) {
        ++hits;
        bad += s.ref != n || !is_whole(*v.content) || v.content->version < newest[n] ||
               v.fragment() != std::to_string(v.content->version);
        newest[n] = v.content->version;
        if (random() % 16 == 0) kept = v.content;
      });
    }
    bad += kept && !is_whole(*kept);
  }
  all.hits += hits;
  all.bad += bad;
}

void write(shared& all, cache_home& home, sequence steps) {
  std::mt19937_64 random(99);
  acknowledgement ack;
  for (sequence version = 1; version <= steps; ++version) {
    const auto n = random() % pages;
    auto* s = home.at(static_cast<page_ref>(n));
    if (s != nullptr && random() % 8 == 0) {
      home.erase(*s);
    } else {
      if (s == nullptr) s = &home.emplace(path_of(n), 0, static_cast<page_ref>(n));
      home.publish(*s, make_view(version, 20 + version % 100, std::to_string(version)));
    }
    home.collect();
    while (all.to_home.take(ack)) home.acknowledge(ack.loop, ack.round, ack.index_bytes);
    if (version % 64 == 0) {  // a round at least every 64 steps, or the writer runs away
      while (home.garbage() > 256) {
        all.to_home.wait(ack);
        home.acknowledge(ack.loop, ack.round, ack.index_bytes);
      }
    }
  }
  while (home.round_in_flight()) {
    all.to_home.wait(ack);
    home.acknowledge(ack.loop, ack.round, ack.index_bytes);
  }
}

TEST(CacheThreads, ReadersNeverSeeATornOldOrFreedVersion) {
  shared all;
  for (std::size_t i = 0; i < readers; ++i) all.to_reader.emplace_back(2);
  memory_account account(1 << 20);
  {
    cache_home home({.loops = readers + 1, .seed = 3}, account, [&](std::size_t loop, auto update) {
      all.lost += !all.to_reader[loop - 1].put(std::move(update));
    });
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i <= readers; ++i) threads.emplace_back(read, std::ref(all), i);
    write(all, home, 20'000);
    EXPECT_EQ(home.garbage(), 0u);
    EXPECT_EQ(home.unsent(), 0u);
    EXPECT_EQ(account.leaving(), 0u);
    for (auto& box : all.to_reader) EXPECT_TRUE(box.put(nullptr));
    for (auto& thread : threads) thread.join();
    EXPECT_GT(home.rounds(), 50u);
  }
  EXPECT_EQ(all.bad, 0u);
  EXPECT_EQ(all.lost, 0u);
  EXPECT_GT(all.hits, 1000u);
  EXPECT_EQ(account.used(), 0u);
}

}  // namespace
}  // namespace freshet
