// What delivery promises, against a model: nothing missed, ids ascending, memory bounded.
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

std::string page(std::uint64_t n) { return "/p/" + std::to_string(n) + ".json"; }

stream_request watch_all(std::string last) {
  stream_request out;
  out.watch.add(url_pattern::parse("/p/:x.json").value());
  out.last_event_id = std::move(last);
  return out;
}

/// Reads `bytes`, cut at random places, and resumes by id, until nothing is left.
class CutReader {
 public:
  explicit CutReader(hub& h) : hub_(h) {}

  /// One connection that takes `room` bytes and is cut then.
  void connect(std::size_t room, mono_time now) {
    auto far = std::make_shared<far_end>();
    far->room = room;
    const auto id = hub_.add(watch_all(last_), std::make_unique<fake_stream>(far), "", now).value();
    hub_.remove(id);
    sse_decoder got;
    got.feed(far->got);
    for (const auto& m : got.messages) take(m);
    // A browser keeps the id of the last block that it read whole.
    if (!got.last_id.empty()) last_ = got.last_id;
  }

  std::map<std::string, sequence> shown;
  std::size_t repeated = 0;
  std::string last_;

 private:
  void take(const sse_decoder::message& m) {
    ASSERT_EQ(m.event, "reload");
    const auto at = parse_event_id(m.id)->at;
    ASSERT_GT(at, newest_) << "ids rise over all connections";
    newest_ = at;
    const auto begin = m.data.find("\"/p/") + 1;
    const auto path = m.data.substr(begin, m.data.find('"', begin) - begin);
    if (shown[path] == at) ++repeated;
    shown[path] = at;
  }

  hub& hub_;
  sequence newest_ = 0;
};

TEST(Delivery, CutAnywhereAndResumedMissesNothing) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    fake_log log;
    hub h(log, {}, {}, seed);
    std::mt19937 random(seed);
    manual_clock clock;
    CutReader reader(h);
    reader.connect(1000, clock.now());
    std::map<std::string, sequence> truth;
    for (int step = 0; step < 150; ++step) {
      for (auto n = random() % 4; n > 0; --n) {
        const auto c = log.publish(page(random() % 12));
        h.on_change(c);
        truth[c->path] = c->at;
      }
      reader.connect(random() % 700, clock.now());
    }
    reader.connect(1 << 20, clock.now());
    ASSERT_EQ(reader.shown, truth) << "seed " << seed;
    ASSERT_EQ(reader.repeated, 0u) << "seed " << seed;
  }
}

TEST(Delivery, CutAfterEveryFrameTellsEachPageOnce) {
  fake_log log;
  hub h(log, {}, {}, 1);
  std::map<std::string, sequence> truth;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const auto c = log.publish(page(i * i % 70));
    h.on_change(c);
    truth[c->path] = c->at;
  }
  manual_clock clock;
  CutReader reader(h);
  reader.last_ = "4-0";
  // hello is under 60 bytes, a frame between 120 and 200: each connection carries one frame
  for (int i = 0; i < 400 && reader.shown.size() < truth.size(); ++i)
    reader.connect(250, clock.now());
  EXPECT_EQ(reader.shown, truth);
  EXPECT_EQ(reader.repeated, 0u);
}

TEST(Delivery, ALongStreamWithBackpressureEqualsTheModel) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    fake_log log;
    hub h(log, {}, {}, seed);
    std::mt19937 random(seed);
    manual_clock clock;
    auto far = std::make_shared<far_end>();
    const auto id =
        h.add(watch_all(""), std::make_unique<fake_stream>(far), "", clock.now()).value();
    std::map<std::string, sequence> truth;
    for (int step = 0; step < 2000; ++step) {
      const auto c = log.publish(page(random() % 9));
      h.on_change(c);
      truth[c->path] = c->at;
      if (random() % 3 == 0) h.flush(clock.now());
      far->room = random() % 300;
      if (std::exchange(far->waiting, false)) h.on_writable(id, clock.now());
      ASSERT_LE(h.pending_bytes(), 300u);
    }
    far->room = 1 << 20;
    h.flush(clock.now());
    if (far->waiting) h.on_writable(id, clock.now());
    sse_decoder got;
    got.feed(far->got);
    std::map<std::string, sequence> shown;
    sequence before = 0;
    for (const auto& m : got.messages) {
      const auto at = parse_event_id(m.id)->at;
      ASSERT_GT(at, before);
      before = at;
      const auto begin = m.data.find("\"/p/") + 1;
      shown[m.data.substr(begin, m.data.find('"', begin) - begin)] = at;
    }
    ASSERT_EQ(shown, truth) << "seed " << seed;
  }
}

TEST(Delivery, FiveThousandReadersTwoHundredOfThemStalled) {
  fake_log log;
  hub h(log, {}, {}, 1);
  manual_clock clock;
  std::vector<std::shared_ptr<far_end>> far;
  for (std::size_t i = 0; i < 5000; ++i) {
    far.push_back(std::make_shared<far_end>());
    far[i]->keep = false;
    if (i < 200) far[i]->room = 100;  // the hello and a piece
    stream_request request;
    for (std::uint64_t p = 0; p < 4; ++p) request.watch.add(page((i + p) % 100));
    ASSERT_TRUE(h.add(std::move(request), std::make_unique<fake_stream>(far[i]), "", clock.now()));
  }
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    h.on_change(log.publish(page(i % 100)));
    if (i % 5 == 4) h.flush(clock.now());
    if (i % 100 == 99) most = std::max(most, h.pending_bytes());
  }
  EXPECT_LE(most, 200u * 256);           // the tail of one frame each, not a queue
  EXPECT_EQ(h.frames_encoded(), 2000u);  // once per change, whoever reads it
  EXPECT_GE(h.counters().events, 4800u * 4 * 20);
  clock.advance(20s);
  h.tick(clock.now());
  EXPECT_EQ(h.size(), 4800u);
  EXPECT_EQ(h.counters().slow, 200u);
  EXPECT_EQ(h.pending_bytes(), 0u);
}

}  // namespace
}  // namespace freshet::sse
