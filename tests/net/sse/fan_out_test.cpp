// One event to many: slices, shared bundles, one write for what waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "net/sse/hub.hpp"
#include "tests/net/sse/decoder.hpp"
#include "tests/net/sse/fakes.hpp"

namespace freshet::sse {
namespace {

using namespace std::chrono_literals;
using test::fake_log;
using test::fake_stream;
using test::far_end;
using test::sse_decoder;
using testing::Each;
using testing::ElementsAre;

class FanOut : public testing::Test {
 protected:
  hub_settings settings;
  fake_log log;
  manual_clock clock;
  int wakes = 0;
  std::optional<hub> made;
  std::vector<std::shared_ptr<far_end>> readers;

  hub& h() {
    if (!made) {
      hub_hooks hooks;
      hooks.wake = [this] { ++wakes; };
      made.emplace(log, settings, hooks, 1);
    }
    return *made;
  }
  subscriber_id open(const std::string& what) {
    readers.push_back(std::make_shared<far_end>());
    stream_request request;
    if (what.find_first_of(":*") == std::string::npos) {
      request.watch.add(what);
    } else {
      request.watch.add(url_pattern::parse(what).value());
    }
    return h()
        .add(std::move(request), std::make_unique<fake_stream>(readers.back()), "", clock.now())
        .value();
  }
  void open(const std::string& what, int count) {
    while (count-- > 0) open(what);
  }
  void publish(const std::string& path) { h().on_change(log.publish(path)); }
  std::vector<std::size_t> told() const {
    std::vector<std::size_t> out;
    for (const auto& r : readers) {
      sse_decoder d;
      d.feed(r->got);
      out.push_back(d.messages.size());
    }
    return out;
  }
  /// As the loop does: a flush for every wake.
  int flush_all() {
    int turns = 0;
    while (std::exchange(wakes, 0) > 0) {
      h().flush(clock.now());
      ++turns;
    }
    return turns;
  }
};

TEST_F(FanOut, WhatWaitsLeavesInOneWriteAndIsEncodedOnce) {
  open("/:x", 100);
  for (const auto* page : {"/a", "/b", "/c"}) publish(page);
  const auto before = readers[0]->writes;
  h().flush(clock.now());
  EXPECT_THAT(told(), Each(3u));
  for (const auto& r : readers) EXPECT_EQ(r->writes, before + 1);
  EXPECT_EQ(h().frames_encoded(), 3u);
  EXPECT_EQ(h().counters().events, 300u);
}

TEST_F(FanOut, ASliceIsWrittenInATurnAndTheRestInTheNext) {
  settings.slice = 10;
  open("/a", 25);
  publish("/a");
  EXPECT_EQ(wakes, 1);
  h().flush(clock.now());
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(h().counters().events, 10u);
  publish("/a");  // between two slices: no further wake is needed
  EXPECT_EQ(wakes, 2);
  wakes = 1;
  EXPECT_EQ(flush_all(), 3);  // 15 that wait, and the 10 that were told of the first one only
  EXPECT_EQ(h().counters().events, 35u);
  const auto counts = told();
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 2u), 10);
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 1u), 15) << "the newest version alone";
}

TEST_F(FanOut, WhoIsToldInALaterSliceGetsTheNewerFrameInTheSameWrite) {
  settings.slice = 1;
  open("/:x", 2);
  publish("/a");
  h().flush(clock.now());
  publish("/b");
  wakes = 1;
  flush_all();
  EXPECT_THAT(told(), Each(2u));
  EXPECT_EQ(readers[0]->writes, 3u);
  EXPECT_EQ(readers[1]->writes, 2u);  // the hello and one write for both
}

TEST_F(FanOut, MoreThanABundleHoldsTakesItsTurns) {
  open("/p/*", 3);
  for (int i = 0; i < 1000; ++i) publish("/p/" + std::to_string(i));
  EXPECT_GT(flush_all(), 1);
  EXPECT_THAT(told(), Each(1000u));
}

TEST_F(FanOut, HeartbeatsAreSlicedToo) {
  settings.slice = 10;
  open("/a", 25);
  clock.advance(20s);
  h().tick(clock.now());
  EXPECT_EQ(flush_all(), 2);
  for (const auto& r : readers) EXPECT_EQ(r->writes, 2u);
}

TEST_F(FanOut, WhoLeavesWhileWaitingIsForgotten) {
  settings.slice = 1;
  const auto first = open("/a"), second = open("/a");
  const auto third = open("/a");
  publish("/a");
  h().remove(second);
  readers[2]->broken = true;
  flush_all();
  EXPECT_THAT(told(), ElementsAre(1, 0, 0));
  EXPECT_TRUE(h().contains(first));
  EXPECT_FALSE(h().contains(second));
  EXPECT_FALSE(h().contains(third));
  const auto again = open("/a");  // in the place of one that left, under another number
  EXPECT_NE(again, second);
  EXPECT_NE(again, third);
  h().remove(second);
  EXPECT_TRUE(h().contains(again));
}

TEST_F(FanOut, WatchersAreCountedOverAllThatNameThePage) {
  open("/a", 2);
  const auto one = open("/b");
  stream_request both;
  both.watch.add("/a");
  both.watch.add("/b");
  const auto two =
      h().add(both, std::make_unique<fake_stream>(readers[0]), "", clock.now()).value();
  open("/:x");
  EXPECT_EQ(h().watchers("/a"), 3u);
  EXPECT_EQ(h().watchers("/b"), 2u);
  h().remove(one);
  h().remove(two);
  EXPECT_EQ(h().watchers("/a"), 2u);
  EXPECT_EQ(h().watchers("/b"), 0u);
}

/// Readers of all kinds, sockets of any size, slices in any order: in the end each knows the newest
/// version of every page that it watches, and heard of it in order.
TEST(FanOutModel, NobodyMissesAnything) {
  const std::vector<std::string> kinds{"/p/0", "/p/1", "/p/:x", "/p/*", "/:y/:x"};
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    fake_log log;
    manual_clock clock;
    hub_settings settings;
    settings.slice = 1 + random() % 4;
    bool woken = false;
    hub_hooks hooks;
    hooks.wake = [&woken] { woken = true; };
    hub h(log, settings, hooks, seed);
    struct reader {
      std::shared_ptr<far_end> far = std::make_shared<far_end>();
      subscriber_id id = 0;
      matcher watch;
    };
    std::vector<reader> readers(12);
    for (auto& r : readers) {
      stream_request request;
      for (auto n = 1 + random() % 2; n > 0; --n) {
        const auto& kind = kinds[random() % kinds.size()];
        if (kind.find_first_of(":*") == kind.npos) {
          request.watch.add(kind);
        } else {
          request.watch.add(url_pattern::parse(kind).value());
        }
      }
      r.watch = request.watch;
      r.id =
          h.add(std::move(request), std::make_unique<fake_stream>(r.far), "", clock.now()).value();
    }
    std::map<std::string, sequence> truth;
    const auto turn = [&] {
      if (std::exchange(woken, false)) h.flush(clock.now());
      for (auto& r : readers) {
        if (r.far->room > 0 && std::exchange(r.far->waiting, false))
          h.on_writable(r.id, clock.now());
      }
    };
    for (int step = 0; step < 600; ++step) {
      if (random() % 3 == 0) {
        const auto c = log.publish("/p/" + std::to_string(random() % 6));
        h.on_change(c);
        truth[c->path] = c->at;
      }
      readers[random() % readers.size()].far->room = random() % 4 == 0 ? 0 : random() % 400;
      turn();
    }
    for (auto& r : readers) r.far->room = 1 << 20;
    for (int i = 0; i < 100; ++i) turn();
    for (const auto& r : readers) {
      sse_decoder got;
      got.feed(r.far->got);
      std::map<std::string, sequence> shown;
      sequence before = 0;
      for (const auto& m : got.messages) {
        const auto at = parse_event_id(m.id)->at;
        ASSERT_GT(at, before) << "seed " << seed;
        before = at;
        const auto begin = m.data.find("\"/p/") + 1;
        shown[m.data.substr(begin, m.data.find('"', begin) - begin)] = at;
      }
      for (const auto& [path, at] : truth) {
        if (r.watch.matches(path)) ASSERT_EQ(shown[path], at) << "seed " << seed << path;
      }
    }
  }
}

}  // namespace
}  // namespace freshet::sse
