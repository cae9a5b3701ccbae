#include "connectors/schedule/verifier.hpp"

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Verifier : public test::workshop {
 protected:
  ~Verifier() override {
    stop();
    work.reset();
  }
  /// A page of an earlier run that may have missed events.
  page_ref doubted(std::string_view path, std::uint8_t popularity = 0, bool with_body = true) {
    const auto found = pages.find(path);
    remembered_page is;
    is.popularity = popularity;
    is.was.version = is.was.have = 1;
    is.was.parts.push_back({freshness_state::unverified, 1, 1, nullptr});
    const auto page = store->recall(found.key, found.canonical, is, time.now());
    auto body = entry::make("old");
    body->version = 1;
    if (with_body) EXPECT_TRUE(store->recall_content(page, body));
    return page;
  }
  void start() {
    work.emplace(ctx.get_executor(), time, loaded.value, *store);
    scope->spawn("verifier", work->run());
    settle();
  }
  /// Answers whatever is asked for until nothing is.
  void answer_all() {
    while (up->answer("", test::json_answer("2"))) settle();
  }

  page_store::options later() {
    page_store::options o;
    o.first = 100;
    return o;
  }
  std::optional<verifier> work;
};

TEST_F(Verifier, TheMostAskedForComesFirstAndAllAtTheRate) {
  open(std::string(test::one_page) + "warm = { rate = '10/s', keys = { name = ['z'] } }\n", false,
       later());
  for (int i = 0; i < 5; ++i) doubted("/p/c" + std::to_string(i) + ".json");
  const auto hot = doubted("/p/hot.json", 3);
  EXPECT_THAT(up->targets(), IsEmpty()) << "nothing is due by itself";
  start();
  EXPECT_THAT(up->targets(), ElementsAre("/x/hot"));
  answer_all();
  EXPECT_EQ(store->book().state(hot), freshness_state::fresh);
  EXPECT_EQ(status("/p/hot.json").why, cause::sweep);
  for (int i = 0; i < 3; ++i) {
    ctx.restart();
    ctx.run_for(1ms);
  }
  EXPECT_THAT(up->asked, SizeIs(1)) << "the clock stands still";
  time.advance(100ms);
  run_until([&] {
    answer_all();
    return up->asked.size() == 2;
  });
  run_until([&] {
    time.advance(10ms);
    answer_all();
    return up->asked.size() == 6;
  });
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status("/p/c" + std::to_string(i) + ".json").state, freshness_state::fresh);
}

TEST_F(Verifier, AVisitorDoesNotWaitForTheTurnOfHisPage) {
  open(std::string(test::one_page), false, later());
  const auto page = doubted("/p/a.json");
  store->visited(page, time.now());
  settle();
  EXPECT_THAT(up->targets(), ElementsAre("/x/a"));
  answer_all();
  start();
  EXPECT_THAT(up->asked, SizeIs(1)) << "it was seen to";
}

TEST_F(Verifier, APageWhoseBodyWasLostIsBuiltAgain) {
  open(std::string(test::one_page), false, later());
  doubted("/p/a.json", 0, false);
  start();
  answer_all();
  EXPECT_EQ(content("/p/a.json"), "2");
  EXPECT_EQ(status("/p/a.json").state, freshness_state::fresh);
}

TEST_F(Verifier, WhatIsNotInDoubtIsLeftAlone) {
  open(std::string(test::one_page));
  built("/p/a.json");
  const auto asked = up->asked.size();
  start();
  EXPECT_EQ(up->asked.size(), asked);
}

}  // namespace
}  // namespace freshet
