#include "net/sse/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/sse/decoder.hpp"
#include "tests/net/sse/fakes.hpp"

namespace freshet::sse {
namespace {

using namespace std::chrono_literals;
using test::fake_log;
using test::fake_stream;
using test::far_end;
using test::sse_decoder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Hub : public testing::Test {
 protected:
  hub_settings settings;
  fake_log log;
  manual_clock clock;
  int wakes = 0;
  std::vector<std::string> watched;
  entry_ptr content;  // of every page
  std::optional<hub> made;

  hub& h() {
    if (!made) {
      hub_hooks hooks;
      hooks.wake = [this] { ++wakes; };
      hooks.current = [](std::string_view path) { return page_state{"cafe", path.size()}; };
      hooks.content = [this](std::string_view) { return content; };
      hooks.watch = [this](std::string_view path, bool on) {
        watched.push_back((on ? "+" : "-") + std::string(path));
      };
      made.emplace(log, settings, hooks, 1);
    }
    return *made;
  }

  struct reader {
    std::shared_ptr<far_end> far = std::make_shared<far_end>();
    subscriber_id id = 0;
    sse_decoder read() const {
      sse_decoder out;
      out.feed(far->got);
      return out;
    }
    std::vector<std::string> ids() const {
      std::vector<std::string> out;
      for (const auto& m : read().messages) out.push_back(m.event + " " + m.id);
      return out;
    }
  };

  reader open(const std::vector<std::string>& what, std::string last = "",
              std::size_t room = std::numeric_limits<std::size_t>::max()) {
    reader r;
    r.far->room = room;
    stream_request request;
    for (const auto& w : what) {
      if (w.find_first_of(":*") == std::string::npos) {
        request.watch.add(w);
      } else {
        request.watch.add(url_pattern::parse(w).value());
      }
    }
    request.last_event_id = std::move(last);
    auto id = h().add(std::move(request), std::make_unique<fake_stream>(r.far), "", clock.now());
    if (id) r.id = *id;
    return r;
  }

  void publish(const std::string& path) { h().on_change(log.publish(path)); }
  void flush() { h().flush(clock.now()); }
  void give(reader& r, std::size_t room) {
    r.far->room = room;
    if (std::exchange(r.far->waiting, false)) h().on_writable(r.id, clock.now());
  }
};

TEST_F(Hub, FirstBytesComeAtOnce) {
  auto r = open({"/a"});
  EXPECT_THAT(r.far->got, HasSubstr("retry: "));
  EXPECT_THAT(r.far->got, HasSubstr("\n: freshet\n"));
  EXPECT_EQ(r.read().last_id, "4-0");  // cut before the first event, it resumes from here
}

TEST_F(Hub, TellsWhoWatchesAndNobodyElse) {
  auto exact = open({"/a", "/c"});
  auto pattern = open({"/:x"});
  auto other = open({"/b"});
  publish("/a");
  flush();
  EXPECT_THAT(exact.ids(), ElementsAre("reload 4-1"));
  EXPECT_THAT(pattern.ids(), ElementsAre("reload 4-1"));
  EXPECT_THAT(other.ids(), IsEmpty());
  EXPECT_EQ(h().frames_encoded(), 1u);  // shared
  EXPECT_EQ(h().counters().events, 2u);
}

TEST_F(Hub, AGuardedPageIsToldOnlyToThoseWhoNameIt) {
  auto exact = open({"/a"});
  auto both = open({"/a", "/:x"});
  auto pattern = open({"/:x", "*"});
  h().on_change(log.publish("/a", change::kind::reload, {}, false, true));
  flush();
  publish("/b");
  flush();
  EXPECT_THAT(exact.ids(), ElementsAre("reload 4-1"));
  EXPECT_THAT(both.ids(), ElementsAre("reload 4-1", "reload 4-3"));
  EXPECT_THAT(pattern.ids(), ElementsAre("reload 4-3"));
  auto late = open({"/:x"}, "4-0");
  EXPECT_THAT(late.ids(), ElementsAre("reload 4-3")) << "nor to who resumes";
}

TEST_F(Hub, AChangeOfAnEarlierRunTakesThePageThatIsHere) {
  const auto version = [](sequence at) {
    auto made = entry::make("[1]");
    made->version = at;
    return made;
  };
  const auto data = [this](const std::string& path) {
    auto r = open({path});
    h().on_change(log.publish(path, change::kind::reload, {}, true));
    flush();
    return r.read().messages.back().data;
  };
  EXPECT_THAT(data("/a"), Not(HasSubstr("\"data\""))) << "its body was not read yet";
  content = version(2);
  EXPECT_THAT(data("/b"), HasSubstr("\"version\":3,")) << "the page is another version by now";
  content = version(4);
  EXPECT_THAT(data("/c"), HasSubstr("\"version\":4,"));
  EXPECT_THAT(data("/d"), Not(HasSubstr("\"data\""))) << "which is 6";
  content = version(7);
  EXPECT_THAT(data("/e"), HasSubstr("\"data\":[1]}"));
}

TEST_F(Hub, ABurstCollapsesToTheNewestInOrder) {
  auto r = open({"/:x"});
  for (int i = 0; i < 5; ++i) publish("/a");
  publish("/b");
  publish("/a");
  EXPECT_EQ(wakes, 1);
  flush();
  ASSERT_EQ(r.read().messages.size(), 2u);
  EXPECT_THAT(r.read().messages[0].data, HasSubstr("\"/b\""));
  EXPECT_THAT(r.read().messages[1].data, HasSubstr("\"/a\""));
}

TEST_F(Hub, AnOverlapIsToldOnce) {
  auto r = open({"/a", "/:x", "/*"});
  publish("/a");
  flush();
  EXPECT_EQ(r.ids().size(), 1u);
}

TEST_F(Hub, NamesEventsByPage) {
  auto far = std::make_shared<far_end>();
  stream_request request;
  request.watch.add("/w/3.json");
  request.name_by_id = true;
  ASSERT_TRUE(
      h().add(std::move(request), std::make_unique<fake_stream>(far), "HEAD\r\n", clock.now()));
  publish("/w/3.json");
  flush();
  EXPECT_TRUE(far->got.starts_with("HEAD\r\nretry"));
  EXPECT_THAT(far->got, HasSubstr("event: /w/3.json\n"));
}

TEST_F(Hub, ResumesWhereItWasCut) {
  h();
  const auto first = log.publish("/a");
  h().on_change(first);
  publish("/b");
  publish("/a");
  auto r = open({"/:x"}, format({4, first->at}));
  ASSERT_EQ(r.read().messages.size(), 2u);
  EXPECT_THAT(r.read().messages[0].data, HasSubstr("\"/b\""));
}

TEST_F(Hub, ResyncsWhatItCannotResume) {
  for (const auto* page : {"/a", "/b", "/c"}) publish(page);
  log.drop_oldest();
  log.drop_oldest();
  for (const auto* last : {"4-1", "3-5", "nonsense", "4-99999"}) {
    auto r = open({"/a", "/long"}, last);
    ASSERT_EQ(r.read().messages.size(), 1u) << last;
    EXPECT_EQ(r.read().messages[0].event, "resync");
    EXPECT_EQ(r.read().messages[0].id, format({4, log.newest()}));
    EXPECT_EQ(r.read().messages[0].data, R"({"pages":[{"@id":"/a","etag":"\"cafe\"","version":2},)"
                                         R"({"@id":"/long","etag":"\"cafe\"","version":5}]})");
  }
  EXPECT_EQ(open({"/a", "/*"}, "1-1").read().messages[0].data, R"({"pages":null})");
  EXPECT_THAT(open({"/a"}, format({4, log.oldest_dropped()})).ids(), IsEmpty());
}

TEST_F(Hub, ACutBeforeTheResyncAsksForItAgain) {
  publish("/a");
  auto r = open({"/a"}, "3-1", 35);  // room for the hello only
  EXPECT_EQ(r.read().last_id, "");
  give(r, 10'000);
  EXPECT_THAT(r.ids(), ElementsAre("resync 4-1"));
}

TEST_F(Hub, AStalledReaderIsResyncedWhenTheLogWentOn) {
  auto r = open({"/a"}, "", 5);
  publish("/a");
  flush();
  log.drop_oldest();
  publish("/b");
  log.drop_oldest();
  give(r, 10'000);
  EXPECT_THAT(r.ids(), ElementsAre("resync " + format({4, log.newest()})));
}

TEST_F(Hub, BeatsEveryTwentySecondsWithThePosition) {
  auto r = open({"/a"});
  publish("/b");
  flush();
  clock.advance(19s);
  h().tick(clock.now());
  EXPECT_EQ(r.read().comments, 1);
  clock.advance(1s);
  h().tick(clock.now());
  EXPECT_EQ(r.read().comments, 2);
  EXPECT_EQ(r.read().last_id, "4-1");
  EXPECT_THAT(r.ids(), IsEmpty());
}

TEST_F(Hub, RotatesWithinTenPercent) {
  std::vector<reader> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(open({"/a"}));
  clock.advance(9min - 1s);
  h().tick(clock.now());
  EXPECT_EQ(h().size(), 50u);
  clock.advance(1min);
  h().tick(clock.now());
  EXPECT_GT(h().size(), 5u);
  EXPECT_LT(h().size(), 45u);
  clock.advance(1min + 1s);
  h().tick(clock.now());
  EXPECT_EQ(h().size(), 0u);
  EXPECT_EQ(h().counters().rotated, 50u);
  EXPECT_TRUE(readers[0].far->closed);
}

TEST_F(Hub, SaysByeSpreadOverTheDrain) {
  std::vector<reader> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(open({"/a"}));
  h().drain(clock.now(), 10s);
  EXPECT_FALSE(h().add({}, std::make_unique<fake_stream>(readers[0].far), "", clock.now()));
  clock.advance(5s);
  h().tick(clock.now());
  EXPECT_GT(h().size(), 25u);
  EXPECT_LT(h().size(), 75u);
  clock.advance(5s);
  h().tick(clock.now());
  EXPECT_EQ(h().size(), 0u);
  for (const auto& r : readers) EXPECT_THAT(r.ids(), ElementsAre("bye 4-0"));
}

TEST_F(Hub, ClosesWhoTakesNothing) {
  auto stuck = open({"/a"}, "", 10);
  auto well = open({"/a"});
  publish("/a");
  flush();
  clock.advance(19s);
  h().tick(clock.now());
  EXPECT_EQ(h().size(), 2u);
  clock.advance(1s);
  h().tick(clock.now());
  EXPECT_EQ(h().size(), 1u);
  EXPECT_TRUE(stuck.far->closed);
  EXPECT_FALSE(well.far->closed);
  EXPECT_EQ(h().counters().slow, 1u);
}

TEST_F(Hub, RefusesBeyondTheBound) {
  settings.streams_max = 2;
  open({"/a"});
  open({"/a"});
  EXPECT_EQ(open({"/a"}).id, 0u);
  EXPECT_EQ(h().counters().refused, 1u);
}

TEST_F(Hub, WhoNamesAPageLeavesWhenItsRulesChange) {
  auto mine = open({"/b", "/a"});
  auto other = open({"/b"});
  auto pattern = open({"/:x"});
  h().leave([](std::string_view path) { return path == "/a"; });
  EXPECT_FALSE(h().contains(mine.id));
  EXPECT_TRUE(h().contains(other.id));
  EXPECT_TRUE(h().contains(pattern.id)) << "patterns reach only what everybody may see";
  EXPECT_THAT(watched, ElementsAre("+/a", "+/b", "-/a")) << "the other still names the second";
  EXPECT_EQ(h().counters().rotated, 1u);
}

TEST_F(Hub, ABrokenStreamIsLetGo) {
  auto r = open({"/a"});
  r.far->broken = true;
  publish("/a");
  flush();
  EXPECT_EQ(h().size(), 0u);
  EXPECT_EQ(h().counters().gone, 1u);
  publish("/a");  // nobody is left to tell
  flush();
}

TEST_F(Hub, AnnouncesTheFirstAndTheLastWatcher) {
  auto one = open({"/a", "/b"});
  auto two = open({"/a"});
  h().remove(one.id);
  h().remove(two.id);
  EXPECT_THAT(watched, ElementsAre("+/a", "+/b", "-/b", "-/a"));
}

TEST_F(Hub, ALappedLoopComparesWithTheLog) {
  auto r = open({"/a"});
  log.publish("/a");
  log.publish("/b");
  h().on_lapped();
  flush();
  EXPECT_THAT(r.ids(), ElementsAre("reload 4-1"));
}

class FirstSent : public Hub {
 protected:
  std::vector<sequence> sent;

  FirstSent() {
    hub_hooks hooks;
    hooks.first_sent = [this](const change& c) { sent.push_back(c.at); };
    made.emplace(log, settings, hooks, 1);
  }
  sequence from_event(const std::string& path) {
    const auto c = log.publish(path, change::kind::reload, clock.now());
    h().on_change(c);
    return c->at;
  }
};

TEST_F(FirstSent, IsToldOnceHoweverManyWait) {
  auto a = open({"/a"});
  auto b = open({"/:x"});
  const auto at = from_event("/a");
  EXPECT_THAT(sent, IsEmpty()) << "not before a frame leaves";
  flush();
  EXPECT_THAT(sent, ElementsAre(at));
}

TEST_F(FirstSent, OnlyForWhatAnEventCausedAndSomebodyAwaited) {
  auto a = open({"/a"});
  publish("/a");
  from_event("/nobody");
  flush();
  EXPECT_THAT(sent, IsEmpty());
  open({"/*"}, "4-0");
  EXPECT_THAT(sent, IsEmpty()) << "catching up is not pushing";
}

TEST_F(FirstSent, WaitsForTheSocketToTakeTheFrame) {
  auto a = open({"/a"}, "", 100'000);
  a.far->room = 0;
  const auto at = from_event("/a");
  flush();
  EXPECT_THAT(sent, IsEmpty());
  give(a, 1);
  EXPECT_THAT(sent, ElementsAre(at)) << "its first byte left";
  give(a, 10'000);
  EXPECT_THAT(sent, ElementsAre(at));
}

TEST_F(FirstSent, AChangeThatANewerOneReplacedIsNotSent) {
  auto a = open({"/a"});
  from_event("/a");
  const auto newer = from_event("/a");
  flush();
  EXPECT_THAT(sent, ElementsAre(newer));
}

}  // namespace
}  // namespace freshet::sse
