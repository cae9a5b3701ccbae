#include "connectors/sweep/sweep_walk.hpp"

#include <map>
#include <random>

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

class SweepWalk : public test::workshop {
 protected:
  std::string path(int n) const { return "/p/" + std::to_string(n) + ".json"; }
  /// As a sweep would have verified it, without one.
  void verify(page_ref page) {
    store->mark_page(page, {.why = cause::sweep}, time.now());
    const auto c = store->claim_next(0, time.now());
    ASSERT_TRUE(c && c->ref == page);
    commit_request request;
    request.good = c->parts;
    request.verified = time.wall_now();
    new_content same;
    same.etag = store->content(page)->etag;
    ASSERT_TRUE(store->commit(page, c->token, request, same, nullptr, time.now()).accepted);
  }
};

TEST_F(SweepWalk, NoPageGetsOlderThanThePeriodAndTheRateIsBounded) {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    stop();
    open(std::string(test::one_page) + "sweep = 0\n");
    std::mt19937_64 random(seed);
    constexpr int count = 60;
    std::map<page_ref, wall_time> verified;
    for (int i = 0; i < count; ++i) {
      verified[built(path(i))] = time.wall_now();
      if (random() % 3 == 0) time.advance(std::chrono::seconds{random() % 60});
    }
    stop();  // the scheduler must not take what the test claims
    const std::chrono::nanoseconds period = 1h;
    sweep_walk walk(0, period, time.now());
    std::map<std::int64_t, int> each_eighth;
    std::size_t swept = 0;
    const auto began = time.now();
    while (time.now() - began < 5 * period) {
      for (int calls = 0; walk.next_at() <= time.now() && calls < 100; ++calls) {
        const auto page = walk.next(*store, time.now(), time.wall_now());
        if (!page) continue;
        verify(*page);
        verified[*page] = time.wall_now();
        ++each_eighth[(time.now() - began) / (period / 8)];
        ++swept;
      }
      for (const auto& [page, at] : verified) ASSERT_LE(time.wall_now() - at, period) << seed;
      if (random() % 50 == 0) {  // an event
        auto any = std::next(verified.begin(), static_cast<std::ptrdiff_t>(random() % count));
        verify(any->first);
        any->second = time.wall_now();
      }
      const auto next = walk.next_at();
      time.advance(std::max<std::chrono::nanoseconds>(next - time.now(), 1ms));
    }
    EXPECT_LE(swept, 5 * count * 4 / 3 + count) << "about once in three quarters of a period";
    for (const auto& [eighth, pages] : each_eighth)
      EXPECT_LE(pages, count + 2) << "never faster than the walk";
  }
}

TEST_F(SweepWalk, LeavesAloneWhatOthersHave) {
  open(std::string(test::one_page) + "sweep = 0\n");
  const auto page = built("/p/a.json");
  sweep_walk walk(0, 1h, time.now());
  EXPECT_FALSE(walk.due(*store, page, time.wall_now())) << "verified just now";
  advance(46min);
  EXPECT_TRUE(walk.due(*store, page, time.wall_now()));
  mark("/p/a.json");
  settle();
  EXPECT_FALSE(walk.due(*store, page, time.wall_now())) << "a refresh is up";
  answer("/x/a", "2");
  EXPECT_FALSE(walk.due(*store, page, time.wall_now())) << "verified";
  const auto unbuilt = know("/p/b.json");
  EXPECT_FALSE(walk.due(*store, unbuilt, time.wall_now())) << "nothing that could be wrong";
  EXPECT_FALSE(walk.due(*store, 4711, time.wall_now()));
  EXPECT_FALSE(sweep_walk(1, 1h, time.now()).due(*store, page, time.wall_now() + 9h))
      << "of another class";
}

TEST_F(SweepWalk, DoubtAndAClockThatWentBackMakeAPageDue) {
  open(std::string(test::one_page) + "sweep = 0\n");
  const auto page = built("/p/a.json");
  sweep_walk walk(0, 1h, time.now());
  EXPECT_TRUE(walk.due(*store, page, time.wall_now() - 1h));
  const auto which = store->suspect(0);
  EXPECT_FALSE(walk.due(*store, page, time.wall_now())) << "it is being found out";
  store->clear(0, which);
  store->unverify(0);
  EXPECT_TRUE(walk.due(*store, page, time.wall_now()));
}

}  // namespace
}  // namespace freshet
