#include "connectors/catchup/stream_keeper.hpp"

#include <gmock/gmock.h>

#include <set>

#include "core/config/load.hpp"
#include "tests/connectors/catchup/told_history.hpp"
#include "tests/support/report.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

asio::awaitable<void> close_scope(task_scope* scope) { co_await scope->close(); }

class StreamKeeper : public testing::Test {
 protected:
  void TearDown() override {
    if (tasks) close();
  }
  void open(std::string_view keys, bool with_history = true) {
    auto loaded = config::parse(
        "[bus.fedmsg]\nkind = \"zmq\"\nconnect = \"tcp://127.0.0.1:1\"\n" + std::string(keys) +
        (with_history ? "\ncatch_up = { kind = \"datagrepper\", url = \"http://h/raw\", "
                        "max_age = \"1h\", overlap = \"30s\" }\n"
                      : "\n"));
    for (const auto& p : loaded.problems) ADD_FAILURE() << config::render(p);
    settings = loaded.value.buses[0];
    tasks.emplace(ctx.get_executor(), test::report);
    again();
  }
  /// As another process would begin.
  void again() {
    stream_keeper::hooks hooks;
    hooks.apply = [this](const event& e) { return seen.insert(std::string(e.id)).second; };
    hooks.doubt = [this](gap_cause why) { doubts.emplace_back(name_of(why)); };
    hooks.suspect = [this](bool that) {
      suspected = that;
      suspicions += that ? 1 : 0;
    };
    keeper.emplace(
        stream_keeper::environment{ctx.get_executor(), time, counts, *tasks, 1}, settings, source,
        settings.catch_up ? std::make_unique<test::history_door>(past) : nullptr, std::move(hooks));
  }
  void live(const std::string& id, const std::string& topic = "t.a", std::uint64_t i = 0) {
    const auto body = "{\"msg\":{},\"msg_id\":\"" + id + "\"" +
                      (i > 0 ? ",\"i\":" + std::to_string(i) : "") + "}";
    const auto got = decoder.decode_frames(topic, body);
    keeper->heard(got.value, !seen.insert(id).second);
  }
  void close() {
    ctx.restart();
    test::run(ctx, close_scope(&*tasks));
  }
  void settle() {
    ctx.restart();
    ctx.poll();
  }
  /// So many seconds, a tick each.
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      time.advance(1s);
      keeper->tick();
      settle();
    }
  }
  void connect() {
    source.is_up = true;
    ++source.connected;
  }
  /// A bus that keeps its place was there for 100 s and is gone; a new run has its position.
  void run_again_with_a_place() {
    source.kept = true;
    source.place = "queue-1";
    connect();
    pass(100);
    const auto stood = keeper->position();
    EXPECT_TRUE(stood.ends_with(" queue-1")) << stood;
    source.place.clear();
    source.connected = 0;
    source.is_up = false;
    again();
    past.asked.clear();
    ASSERT_TRUE(keeper->resume(stood));
  }
  wall_time ago(std::chrono::nanoseconds t) {
    return time.wall_now() - std::chrono::duration_cast<wall_time::duration>(t);
  }

  asio::io_context ctx{1};
  manual_clock time;
  metrics counts;
  config::bus_settings settings;
  test::told_bus source;
  test::told_history past;
  std::set<std::string> seen;
  std::vector<std::string> doubts;
  bool suspected = false;
  int suspicions = 0;
  message_decoder decoder{"fedmsg", 1u << 20};
  std::optional<task_scope> tasks;
  std::optional<stream_keeper> keeper;
};

TEST_F(StreamKeeper, WhatCameBeforeTheFirstConnectionIsAskedFor) {
  open("");
  past.add("old", ago(2min));
  past.add("early", ago(10s));
  pass(3);
  EXPECT_THAT(past.asked, IsEmpty()) << "first it is subscribed, then asked";
  connect();
  pass(1);
  EXPECT_THAT(past.asked, IsEmpty());
  EXPECT_TRUE(keeper->report().open);
  pass(1);
  EXPECT_THAT(past.asked, SizeIs(2)) << "a page, and the empty one behind it";
  EXPECT_EQ(seen, (std::set<std::string>{"early"}));
  EXPECT_EQ(past.asked[0].from, ago(35s));
  EXPECT_EQ(past.asked[0].to, ago(0s));
  EXPECT_FALSE(keeper->report().open);
  EXPECT_THAT(doubts, IsEmpty());
}

TEST_F(StreamKeeper, AReconnectIsAGapThatTheHistoryCloses) {
  open("");
  connect();
  pass(100);
  past.asked.clear();
  source.is_up = false;
  pass(1);
  past.add("lost", ago(0s));
  pass(99);
  connect();
  pass(2);
  ASSERT_THAT(past.asked, SizeIs(2));
  EXPECT_EQ(seen, (std::set<std::string>{"lost"}));
  // Since it was last seen alive, less the time that a death may go unseen, less the overlap.
  EXPECT_EQ(past.asked[0].from, ago(102s + 45s + 30s));
  past.asked.clear();
  past.add("late", ago(1s));  // the history heard of it after we had asked
  pass(30);
  EXPECT_EQ(seen.count("late"), 1u);
  EXPECT_THAT(doubts, IsEmpty());
}

TEST_F(StreamKeeper, ALinkThatComesBackAtOnceIsAGapToo) {
  open("");
  connect();
  pass(100);
  past.asked.clear();
  ++source.connected;
  pass(2);
  EXPECT_THAT(past.asked, SizeIs(1));
}

TEST_F(StreamKeeper, WithoutAHistoryAGapPutsPagesInDoubt) {
  open("", false);
  connect();
  pass(5);
  EXPECT_THAT(doubts, ElementsAre("start"));
  EXPECT_FALSE(keeper->report().lost) << "who begins has nothing to lose";
  ++source.connected;
  pass(2);
  EXPECT_THAT(doubts, ElementsAre("start", "reconnect"));
  const auto report = keeper->report();
  ASSERT_TRUE(report.lost);
  EXPECT_EQ(report.lost->why, gap_cause::reconnect);
  EXPECT_EQ(report.lost_for, "the bus has no `catch_up`");
  EXPECT_EQ(keeper->position(), "");
  EXPECT_FALSE(keeper->resume("1700000000000000"));
}

TEST_F(StreamKeeper, SilenceRebuildsTheConnectionAndAsksTheHistory) {
  open("expect_every = \"1m\"");
  connect();
  pass(40);
  live("1");
  past.asked.clear();
  pass(61);
  ASSERT_THAT(source.rebuilt, SizeIs(1));
  EXPECT_EQ(source.rebuilt[0], time.now() - 61s);
  past.add("unheard", ago(30s));
  pass(1);
  EXPECT_EQ(seen.count("unheard"), 1u);
  EXPECT_THAT(keeper->report().quiet, SizeIs(1)) << "the bus itself is still silent";
  pass(70);
  EXPECT_THAT(source.rebuilt, SizeIs(2)) << "tried again";
  past.asked.clear();
  live("2");
  EXPECT_THAT(keeper->report().quiet, IsEmpty());
  pass(2);
  EXPECT_THAT(past.asked, SizeIs(1)) << "not all of what came meanwhile need have come";
}

TEST_F(StreamKeeper, AQuietTopicIsSeenOnALoudBus) {
  open("expect_every = { \"a.#\" = \"1m\" }");
  connect();
  for (int i = 0; i < 61; ++i) {
    live("b" + std::to_string(i), "b.c");
    pass(1);
  }
  EXPECT_THAT(source.rebuilt, SizeIs(1));
  ASSERT_THAT(keeper->report().quiet, SizeIs(1));
  EXPECT_EQ(keeper->report().quiet[0].pattern, "a.#");
}

TEST_F(StreamKeeper, ABusThatKeepsItsPlaceHasSilenceAndNoGaps) {
  source.loses = false;
  open("expect_every = \"1m\"", false);
  connect();
  pass(200);
  EXPECT_THAT(keeper->report().quiet, SizeIs(1));
  EXPECT_THAT(doubts, IsEmpty());
  EXPECT_TRUE(keeper->resume("line 7"));
  EXPECT_EQ(keeper->position(), "line 7") << "its own words";
}

TEST_F(StreamKeeper, AHoleInTheNumbersIsAGap) {
  open("");
  connect();
  pass(60);
  past.asked.clear();
  for (std::uint64_t i = 1; i <= 8; ++i) live(std::to_string(i), "t.a", i);
  past.add("9", ago(0s));
  pass(1);
  live("10", "t.a", 10);
  pass(3);
  EXPECT_EQ(seen.count("9"), 1u);
  EXPECT_THAT(past.asked, SizeIs(2));
}

TEST_F(StreamKeeper, AFailingHistoryIsAskedOnAndPagesAreInDoubtMeanwhile) {
  open("");
  bool fails = true;
  past.instead = [&](const auto&) -> std::optional<result<history_page>> {
    if (!fails) return std::nullopt;
    return result<history_page>(error(status_error(500)));
  };
  connect();
  pass(120);
  EXPECT_GE(past.asked.size(), 4u);
  EXPECT_LE(past.asked.size(), 40u);
  EXPECT_THAT(doubts, ElementsAre("start"));
  ASSERT_TRUE(keeper->report().catching_up);
  EXPECT_GE(keeper->report().catching_up->failures, 3u);
  EXPECT_NE(keeper->report().catching_up->error, "");
  ++source.connected;
  pass(5);
  EXPECT_THAT(doubts, ElementsAre("start", "reconnect")) << "its turn may never come";
  past.add("lost", ago(60s));
  fails = false;
  pass(200);
  EXPECT_EQ(seen.count("lost"), 1u);
  EXPECT_FALSE(keeper->report().open);
  EXPECT_FALSE(keeper->report().catching_up);
}

TEST_F(StreamKeeper, WhileNobodyKnowsItIsSuspectedThatMessagesWereMissed) {
  open("");
  connect();
  pass(10);
  EXPECT_FALSE(suspected);
  source.is_up = false;
  pass(44);
  EXPECT_FALSE(suspected) << "a connection that is made anew soon is nothing";
  pass(2);
  EXPECT_TRUE(suspected);
  bool fails = true;
  past.instead = [&](const history_question&) -> std::optional<result<history_page>> {
    if (!fails) return std::nullopt;
    return result<history_page>(error(status_error(503)));
  };
  connect();
  pass(30);
  EXPECT_TRUE(suspected);
  fails = false;
  pass(100);
  EXPECT_FALSE(suspected);
  live("1", "t.a", 1);
  for (std::uint64_t i = 2; i < 8; ++i) live(std::to_string(i), "t.a", i);
  live("9", "t.a", 9);
  pass(3);
  EXPECT_TRUE(keeper->report().open || !past.asked.empty());
  EXPECT_FALSE(suspected) << "one message is soon found";
}

TEST_F(StreamKeeper, WhatIsFetchedWhileTheBusIsDownIsSuspectedAgain) {
  open("", false);
  connect();
  pass(10);
  source.is_up = false;
  suspicions = 0;
  pass(50);
  EXPECT_EQ(suspicions, 1);
  pass(90);
  EXPECT_EQ(suspicions, 3) << "a page that was fetched meanwhile is sure for so long, not for ever";
  source.kept = true;
  pass(90);
  EXPECT_EQ(suspicions, 5) << "what a queue keeps is not known before it came";
}

TEST_F(StreamKeeper, WhatAPublisherThatStaysAwaySaidIsReadFromTheHistory) {
  open("");
  connect();
  pass(60);
  source.is_up = false;
  pass(100);
  past.asked.clear();
  past.add("one", ago(0s));
  pass(30);
  EXPECT_EQ(seen.count("one"), 1u);
  past.add("two", ago(0s));
  pass(125);
  EXPECT_EQ(seen.count("two"), 1u);
  EXPECT_LE(past.asked.size(), 8u) << "two walks, and the end of each once more";
  EXPECT_TRUE(suspected) << "what it says now is not known yet";
  EXPECT_THAT(doubts, IsEmpty());
  past.asked.clear();
  connect();
  pass(3);
  EXPECT_FALSE(past.asked.empty());
  EXPECT_FALSE(suspected);
}

TEST_F(StreamKeeper, WhatAQueueKeepsIsNotAskedFor) {
  open("");
  source.kept = true;
  connect();
  pass(60);
  past.asked.clear();
  source.is_up = false;
  pass(600);
  EXPECT_THAT(past.asked, IsEmpty());
}

TEST_F(StreamKeeper, AHistoryWithoutSenseIsNotAskedAgainBeforeSomethingChanges) {
  open("");
  connect();
  pass(60);
  past.instead = [&](const history_question& q) -> std::optional<result<history_page>> {
    return history_page::parse(test::page_text({test::past_message("x", q.from)}, 1000));
  };
  source.is_up = false;
  pass(150);
  EXPECT_THAT(doubts, ElementsAre("reconnect"));
  past.asked.clear();
  pass(600);
  EXPECT_THAT(doubts, SizeIs(1)) << "or its pages would be built again every other minute";
  EXPECT_LE(past.asked.size(), 10u);
  past.instead = nullptr;
  connect();
  pass(3);
  EXPECT_FALSE(suspected);
}

TEST_F(StreamKeeper, WithoutAHistoryASuspicionIsADoubtAtOnce) {
  open("", false);
  connect();
  pass(3);
  EXPECT_THAT(doubts, ElementsAre("start")) << "pages that were built before the first connection";
  EXPECT_FALSE(suspected);
  source.is_up = false;
  pass(60);
  EXPECT_TRUE(suspected);
  EXPECT_THAT(doubts, SizeIs(1));
  connect();
  pass(3);
  EXPECT_THAT(doubts, ElementsAre("start", "reconnect"));
  EXPECT_FALSE(suspected);
}

TEST_F(StreamKeeper, WhatIsOlderThanMaxAgeIsLost) {
  open("");
  connect();
  pass(60);
  time.advance(2h);
  past.asked.clear();
  connect();
  pass(2);
  ASSERT_FALSE(past.asked.empty());
  EXPECT_EQ(past.asked[0].from, ago(1h));
  EXPECT_THAT(doubts, ElementsAre("reconnect"));
  EXPECT_EQ(keeper->report().lost_for, "older than `max_age`");
}

TEST_F(StreamKeeper, AnEndlessHistoryIsCutAndTheGapIsLost) {
  open("");
  past.instead = [&](const history_question& q) -> std::optional<result<history_page>> {
    // Always the same page.
    return history_page::parse(test::page_text({test::past_message("x", q.from)}, 1000));
  };
  connect();
  pass(60);
  EXPECT_THAT(doubts, ElementsAre("start"));
  EXPECT_FALSE(keeper->report().open);
  EXPECT_LE(past.asked.size(), 10u);
  EXPECT_NE(counts.scrape().find("freshet_catch_up_lies_total{bus=\"fedmsg\",what=\"repeated\"} "),
            std::string::npos);
}

TEST_F(StreamKeeper, AnotherRunGoesOnAtThePosition) {
  open("");
  connect();
  pass(300);
  const auto position = keeper->position();
  close();
  tasks.emplace(ctx.get_executor(), test::report);
  source.is_up = false;
  source.connected = 0;
  time.advance(10min);
  past.add("while we were away", ago(5min));
  past.asked.clear();
  again();
  ASSERT_TRUE(keeper->resume(position));
  EXPECT_EQ(keeper->position(), position);
  EXPECT_TRUE(suspected) << "from the first moment";
  pass(1);
  connect();
  pass(1);
  EXPECT_TRUE(suspected);
  pass(1);
  EXPECT_FALSE(suspected) << "now it is known";
  EXPECT_THAT(doubts, IsEmpty());
  ASSERT_FALSE(past.asked.empty());
  EXPECT_EQ(past.asked[0].from, ago(10min + 3s + 45s + 30s));
  EXPECT_EQ(seen.count("while we were away"), 1u);
  EXPECT_GT(keeper->position(), position);
}

/// What came and waits for its signature to be checked would be lost by a crash.
TEST_F(StreamKeeper, ThePositionDoesNotPassWhatIsHeld) {
  open("");
  connect();
  pass(300);
  source.held = time.now();
  pass(120);
  const auto held = keeper->position();
  const auto since = std::chrono::floor<std::chrono::microseconds>(ago(120s).time_since_epoch());
  EXPECT_EQ(held, std::to_string(since.count()));
  source.held.reset();
  EXPECT_GT(keeper->position(), held);
}

TEST_F(StreamKeeper, APositionInTheMiddleOfTheWalkIsWhereItCameTo) {
  open("");
  for (int i = 0; i < 250; ++i) past.add(std::to_string(i), ago(25min) + std::chrono::seconds(i));
  past.instead = [](const history_question& q) -> std::optional<result<history_page>> {
    if (q.page < 3) return std::nullopt;
    return result<history_page>(error(client_errc::timed_out));
  };
  const auto us =
      std::chrono::duration_cast<std::chrono::microseconds>(ago(30min).time_since_epoch());
  ASSERT_TRUE(keeper->resume(std::to_string(us.count())));
  connect();
  pass(2);
  const auto reached =
      std::chrono::duration_cast<std::chrono::microseconds>((past.rows[199].at).time_since_epoch());
  EXPECT_EQ(keeper->position(), std::to_string(reached.count()));
  close();
  EXPECT_EQ(keeper->position(), std::to_string(reached.count())) << "a stop loses nothing of it";
}

TEST_F(StreamKeeper, AClockThatWasSetBackAsksForAllThereMayBe) {
  open("");
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(
      (time.wall_now() + 1h).time_since_epoch());
  ASSERT_TRUE(keeper->resume(std::to_string(us.count())));
  connect();
  pass(2);
  ASSERT_FALSE(past.asked.empty());
  EXPECT_EQ(past.asked[0].from, ago(1h));
  for (const std::string wrong : {"", "x", "-1", "0", "1 2", "99999999999999999999"})
    EXPECT_FALSE(keeper->resume(wrong)) << wrong;
}

TEST_F(StreamKeeper, TopicsThatTheBusDoesNotHearAreLeftOut) {
  open("topics = \"t.\"");
  past.add("ours", ago(1s), "t.a");
  past.add("theirs", ago(1s), "u.a");
  connect();
  pass(3);
  EXPECT_EQ(seen, (std::set<std::string>{"ours"}));
}

TEST_F(StreamKeeper, ABusThatKeepsAPlaceSaysBothAndGoesOnWithoutAGap) {
  open("");
  run_again_with_a_place();
  EXPECT_EQ(source.place, "queue-1");
  source.is_up = true;  // and no queue was begun
  pass(10);
  EXPECT_THAT(past.asked, IsEmpty());
  EXPECT_THAT(doubts, IsEmpty());
}

TEST_F(StreamKeeper, AQueueThatIsGoneIsAGapSinceItWasWholeLast) {
  open("");
  run_again_with_a_place();
  time.advance(300s);
  past.add("lost", ago(200s));
  connect();  // another queue
  pass(2);
  ASSERT_FALSE(past.asked.empty());
  EXPECT_EQ(past.asked[0].from, ago(302s + 45s + 30s));
  EXPECT_EQ(seen.count("lost"), 1u);
}

TEST_F(StreamKeeper, WhatWaitsAtTheBrokerIsNotWholeYet) {
  open("");
  source.kept = true;
  connect();
  pass(100);
  source.behind = true;
  pass(200);
  past.asked.clear();
  past.add("waited", ago(150s));
  ++source.connected;  // the queue was deleted with what waited in it
  pass(2);
  ASSERT_FALSE(past.asked.empty());
  EXPECT_EQ(past.asked[0].from, ago(202s + 45s + 30s));
  EXPECT_EQ(seen.count("waited"), 1u);
}

TEST_F(StreamKeeper, APlaceAloneIsEnoughWithoutAHistory) {
  open("", false);
  source.kept = true;
  source.place = "queue-1";
  connect();
  pass(5);
  EXPECT_EQ(keeper->position(), " queue-1");
  source.connected = 0;
  source.is_up = false;
  doubts.clear();
  again();
  EXPECT_TRUE(keeper->resume(" queue-1"));
  source.is_up = true;
  pass(5);
  EXPECT_THAT(doubts, IsEmpty());
  connect();  // another queue
  pass(3);
  EXPECT_THAT(doubts, ElementsAre("reconnect"));
}

}  // namespace
}  // namespace freshet
