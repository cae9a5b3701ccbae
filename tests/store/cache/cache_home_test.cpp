#include "store/cache/cache_home.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <map>
#include <optional>
#include <random>

#include "tests/store/cache/pages.hpp"

namespace freshet {
namespace {

using test::make_view;
using test::path_of;

/// Loops without threads: updates lie in `sent` until a test delivers them.
struct loops {
  explicit loops(std::size_t n)
      : home({.loops = n, .seed = 3}, account, [this](auto l, auto u) {
          EXPECT_FALSE(sent[l].has_value()) << "one in flight";
          sent[l] = std::move(u);
        }) {
    for (std::size_t i = 1; i < n; ++i) readers.push_back(std::make_unique<cache_index>(3));
    sent.resize(n);
  }
  bool deliver(std::size_t loop) {
    if (!sent[loop]) return false;
    const auto update = *std::exchange(sent[loop], std::nullopt);
    auto& index = *readers[loop - 1];
    index.apply(*update);
    home.acknowledge(loop, update->round, index.bytes());
    return true;
  }
  void settle() {
    home.collect();
    for (bool any = true; any;) {
      any = false;
      for (std::size_t l = 1; l < sent.size(); ++l) any |= deliver(l);
    }
  }

  memory_account account{1 << 20};
  std::vector<std::optional<index_update_ptr>> sent;
  std::vector<std::unique_ptr<cache_index>> readers;
  cache_home home;
};

sequence version_at(cache_index& index, std::string_view path) {
  sequence version = 0;
  index.with(path,
             [&](const slot&, const view& v) { version = v.content ? v.content->version : 1; });
  return version;
}

TEST(CacheHome, PublishesByExchange) {
  memory_account account(1 << 20);
  cache_home home({}, account);
  auto& s = home.emplace("/a", 2, 5);
  EXPECT_EQ(&home.emplace("/a", 2, 5), &s);
  EXPECT_EQ(home.at(5), &s);
  EXPECT_EQ(home.at(6), nullptr);
  home.publish(s, make_view(10));
  EXPECT_EQ(version_at(home.index(), "/a"), 10u);
  home.publish(s, make_view(20));
  EXPECT_EQ(version_at(home.index(), "/a"), 20u);
  EXPECT_EQ(home.garbage(), 1u);
  home.collect();
  EXPECT_EQ(home.garbage(), 0u);
  home.erase(s);
  EXPECT_EQ(home.at(5), nullptr);
  EXPECT_EQ(version_at(home.index(), "/a"), 0u);
}

TEST(CacheHome, AReferenceOutlivesTheErasure) {
  memory_account account(1 << 20);
  entry_ptr kept;
  {
    cache_home home({}, account);
    auto& s = home.emplace("/a", 0, 0);
    home.publish(s, make_view(10));
    home.index().with("/a", [&](const slot&, const view& v) { kept = v.content; });
    home.erase(s);
    home.collect();
    EXPECT_EQ(home.garbage(), 0u);
  }
  EXPECT_EQ(kept->body(), std::string(64, 'a' + 10));
}

TEST(CacheHome, BytesReturnToNothing) {
  memory_account account(1 << 20);
  {
    cache_home home({}, account);
    const auto empty = account.used();
    auto& s = home.emplace(path_of(1), 0, 0);
    const auto known = account.used();
    auto first = make_view(1, 5000, std::string(100, 'f'));
    home.publish(s, {"again", first.content});
    home.publish(s, std::move(first));  // a change of status shares the entry: its bytes count once
    EXPECT_GT(account.used(memory_kind::bodies), 5000u);
    EXPECT_LT(account.used(memory_kind::bodies), 6000u);
    home.collect();
    EXPECT_EQ(account.used() - known, home.bytes_of(s) - bytes_of(s));
    home.publish(s, make_view(2, 10));
    EXPECT_GT(account.leaving(), 5000u);
    home.collect();
    EXPECT_EQ(account.leaving(), 0u);
    EXPECT_LT(account.used(memory_kind::bodies), 500u);
    home.erase(s);
    home.collect();
    EXPECT_EQ(account.used(memory_kind::views), 0u);
    EXPECT_EQ(account.used(memory_kind::bodies), 0u);
    EXPECT_GE(account.used(), empty);
  }
  EXPECT_EQ(account.used(), 0u);
}

TEST(CacheHome, AttachesAnEncodingOnceAndToTheCurrentVersionOnly) {
  memory_account account(1 << 20);
  cache_home home({}, account);
  auto& s = home.emplace("/a", 0, 0);
  home.publish(s, make_view(1));
  const entry_ptr first = s.current.load()->content;
  const auto made = [] {
    return std::make_unique<representation>(representation{std::string(500, 'z')});
  };
  EXPECT_TRUE(home.attach(s, first.get(), content_coding::gzip, made()));
  EXPECT_FALSE(home.attach(s, first.get(), content_coding::gzip, made()));
  EXPECT_TRUE(home.attach(s, first.get(), content_coding::brotli, made()));
  EXPECT_EQ(account.used(memory_kind::encodings), encoding_bytes_of(*first));
  home.publish(s, make_view(2));
  EXPECT_FALSE(home.attach(s, first.get(), content_coding::brotli, made()));
  home.collect();
  EXPECT_EQ(account.used(memory_kind::encodings), 0u);
}

TEST(CacheHome, AnEntryThatTwoStoresShareIsChargedToEachByItself) {
  memory_account old_account(1 << 20), new_account(1 << 20);
  {
    cache_home before({}, old_account), after({}, new_account);
    auto shared = make_view(1);
    auto& a = before.emplace("/a", 0, 0);
    auto& b = after.emplace("/a", 0, 0);
    before.publish(a, shared);
    after.publish(b, shared);
    auto made = std::make_unique<representation>(representation{"body of an encoding"});
    const auto bytes = bytes_of(*made);
    ASSERT_TRUE(after.attach(b, shared.content.get(), content_coding::gzip, std::move(made)));
    EXPECT_EQ(new_account.used(memory_kind::encodings), bytes);
    EXPECT_EQ(after.bytes_of(b), before.bytes_of(a) + bytes);
    before.erase(a);
    before.collect();
    EXPECT_EQ(old_account.used(memory_kind::bodies), 0u);
  }
  EXPECT_EQ(old_account.used(), 0u);
  EXPECT_EQ(new_account.used(), 0u);
}

TEST(CacheHome, AnotherLoopLearnsByUpdate) {
  loops all(2);
  auto& s = all.home.emplace("/a", 0, 0);
  all.home.publish(s, make_view(1));
  EXPECT_EQ(version_at(*all.readers[0], "/a"), 0u);  // an ordinary miss until then
  all.settle();
  EXPECT_EQ(version_at(*all.readers[0], "/a"), 1u);
  all.home.publish(s, make_view(2));
  EXPECT_EQ(version_at(*all.readers[0], "/a"), 2u);  // a new version needs no message
  all.home.erase(s);
  EXPECT_EQ(version_at(*all.readers[0], "/a"), 0u);  // nor does the end of one
  all.settle();
  EXPECT_EQ(all.readers[0]->size(), 0u);
  EXPECT_EQ(all.home.garbage(), 0u);
}

TEST(CacheHome, NothingIsFreedBeforeTheLastLoopAcknowledged) {
  loops all(3);
  auto& s = all.home.emplace("/a", 0, 0);
  all.home.publish(s, make_view(1));
  all.settle();
  all.home.publish(s, make_view(2));
  all.home.collect();
  EXPECT_TRUE(all.home.round_in_flight());
  all.home.publish(s, make_view(3));  // after the round began: it waits for the next
  all.home.collect();
  EXPECT_EQ(all.home.garbage(), 2u);
  all.deliver(1);
  EXPECT_EQ(all.home.garbage(), 2u);
  all.home.acknowledge(1, all.home.rounds(), 0);  // a repeated one does not count for loop 2
  EXPECT_EQ(all.home.garbage(), 2u);
  all.deliver(2);
  EXPECT_EQ(all.home.garbage(), 1u);
  EXPECT_TRUE(all.home.round_in_flight());
  all.settle();
  EXPECT_EQ(all.home.garbage(), 0u);
  const auto rounds = all.home.rounds();
  all.home.collect();
  EXPECT_EQ(all.home.rounds(), rounds);  // no garbage, no rounds
}

TEST(CacheHome, ChangesTravelInShortBatches) {
  loops all(2);
  const std::size_t pages = 2 * index_update::changes_max + 10;
  for (std::size_t i = 0; i < pages; ++i) all.home.emplace(path_of(i), 0, static_cast<page_ref>(i));
  all.home.collect();
  EXPECT_EQ((*all.sent[1])->changes.size(), index_update::changes_max);
  for (std::size_t i = 0; i < pages; i += 2) all.home.erase(*all.home.at(static_cast<page_ref>(i)));
  all.settle();
  EXPECT_EQ(all.readers[0]->size(), pages / 2);
  EXPECT_EQ(all.home.unsent(), 0u);
  EXPECT_EQ(all.home.garbage(), 0u);
  EXPECT_EQ(all.account.leaving(), 0u);
}

// Random work on three loops against a plain map; at each rest all loops agree with it.
TEST(CacheHome, AgreesWithAMap) {
  std::mt19937_64 random(5);
  loops all(3);
  std::map<std::size_t, sequence> model;
  for (sequence step = 1; step < 6000; ++step) {
    const auto n = random() % 60;
    const auto ref = static_cast<page_ref>(n);
    switch (random() % 6) {
      case 0:
        if (auto* s = all.home.at(ref)) all.home.erase(*s);
        model.erase(n);
        break;
      case 1:
        all.home.collect();
        break;
      case 2:
        all.deliver(1 + random() % 2);
        break;
      default:
        all.home.publish(all.home.emplace(path_of(n), 0, ref), make_view(step + 1));
        model[n] = step + 1;
    }
    ASSERT_EQ(version_at(all.home.index(), path_of(n)), model.contains(n) ? model[n] : 0);
    if (step % 500 != 0) continue;
    all.settle();
    for (auto& reader : all.readers) {
      ASSERT_EQ(reader->size(), model.size());
      for (const auto& [page, version] : model) {
        ASSERT_EQ(version_at(*reader, path_of(page)), version);
      }
    }
    ASSERT_EQ(all.account.leaving(), 0u);
  }
}

TEST(CacheHome, TheAccountIsWhatTheHeapSays) {
#ifdef FRESHET_SANITIZED
  GTEST_SKIP() << "another heap";
#else
  memory_account account(1u << 30);
  const auto before = mallinfo2();
  cache_home home({}, account);
  for (std::size_t i = 0; i < 20'000; ++i) {
    home.publish(home.emplace(path_of(i), 0, static_cast<page_ref>(i)),
                 make_view(i + 1, 50 + i % 300, std::string(60, 'f')));
  }
  const auto after = mallinfo2();
  const auto real =
      static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd);
  EXPECT_NEAR(static_cast<double>(account.used()) / real, 1.0, 0.01);
#endif
}

}  // namespace
}  // namespace freshet
