#include "store/journal/journal.hpp"

#include <boost/asio/co_spawn.hpp>

#include "core/async/task_scope.hpp"
#include "store/journal/journal_errc.hpp"
#include "store/journal/next_run.hpp"
#include "tests/store/home/home.hpp"
#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A page store, its notes and its journal on one loop: a whole home without its upstreams.
class Journal : public test::home {
 protected:
  Journal() {
    std::string name = (std::filesystem::temp_directory_path() / "freshet-home-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    root = name;
  }
  ~Journal() override {
    run(kept->close());
    std::filesystem::remove_all(root);
  }

  template <class T>
  T run(asio::awaitable<T> op) {
    std::optional<T> out;
    const auto done = [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      out.emplace(std::move(value));
    };
    asio::co_spawn(ctx, std::move(op), done);
    while (!out && ctx.run_one() > 0) {
    }
    ctx.restart();
    return std::move(*out);
  }
  void run(asio::awaitable<void> op) {
    bool ended = false;
    const auto done = [&](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
      ended = true;
    };
    asio::co_spawn(ctx, std::move(op), done);
    while (!ended && ctx.run_one() > 0) {
    }
    ctx.restart();
  }
  /// Turns the loop until `condition` holds: the journal's own thread answers in its time.
  template <class F>
  void until(F condition) {
    while (!condition()) ctx.run_one_for(10s);
    ctx.restart();
  }

  void begin(std::uint32_t pages_max = 0, std::string_view pages = plain) {
    notes = std::make_unique<unsaved_pages>([this] {
      if (kept) kept->wake();
    });
    page_store::options o;
    o.unsaved = notes.get();
    open(pages, o);
    journal::options options;
    options.file = {(root / "state.db").string(), pages_max};
    options.gather = 0ns;
    options.look_every = 1ms;
    options.retry_first = options.retry_max = 1ms;
    options.batch_pages = 8;
    options.slice_pages = 3;
    kept = std::make_unique<journal>(ctx.get_executor(), time, counts, options);
    const auto found = run(kept->open());
    ASSERT_TRUE(found) << found.error().text();
    ASSERT_TRUE(run(kept->begin(9, 1, {})));
    kept->follow(std::make_shared<page_saver>(*store, *notes, test::classes()),
                 [this] { return cursors; });
    writing.emplace(ctx.get_executor(),
                    [](std::string_view, std::exception_ptr) { FAIL() << "run() threw"; });
    writing->spawn("journal", kept->run());
  }
  void stop() { run(writing->close()); }
  /// The file as a process that is killed now would leave it.
  test::contents on_disk() {
    for (const auto* part : {"", "-wal"}) {
      const auto from = root / (std::string("state.db") + part);
      const auto to = root / (std::string("copy.db") + part);
      std::filesystem::remove(to);
      if (std::filesystem::exists(from)) std::filesystem::copy_file(from, to);
    }
    auto copy = journal_file::open({(root / "copy.db").string(), 0}, time.wall_now());
    EXPECT_TRUE(copy);
    head = copy->head;
    return test::read_all(*copy->file);
  }
  void durable() {
    bool told = false;
    kept->when_durable([&] { told = true; });
    until([&] { return told; });
  }

  std::filesystem::path root;
  asio::io_context ctx{1};
  real_clock time;
  metrics counts;
  std::unique_ptr<unsaved_pages> notes;
  std::unique_ptr<journal> kept;
  std::optional<task_scope> writing;
  std::vector<saved_cursor> cursors;
  journal_head head;
};

TEST_F(Journal, WhoWaitsForDurabilityHearsWhenEverythingBeforeIsOnTheDisk) {
  begin();
  for (int i = 0; i < 30; ++i)
    built("/p/" + std::to_string(i) + ".json", "body " + std::to_string(i));
  cursors = {{"in", 5, "30"}};
  mark("7");
  durable();
  const auto all = on_disk();
  EXPECT_THAT(all.pages, SizeIs(30));
  EXPECT_THAT(all.bodies, SizeIs(30));
  EXPECT_THAT(head.cursors, ElementsAre(saved_cursor{"in", 5, "30"}));
  EXPECT_FALSE(head.clean);
  const auto seven =
      std::ranges::find(all.pages, "/p/7.json", [](const auto& p) { return p.what.path; });
  ASSERT_NE(seven, all.pages.end());
  EXPECT_GT(seven->what.parts[0].want, seven->what.parts[0].have) << "the mark is there too";
  EXPECT_GE(head.reserved, store->book().last_sequence());
  stop();
}

TEST_F(Journal, ADoubtOfTheRunIsThereForTheNext) {
  begin();
  kept->doubt({{"thing", 40}, {"other", 41}});
  kept->doubt({{"thing", 50}});
  durable();
  on_disk();
  EXPECT_THAT(head.doubts,
              testing::UnorderedElementsAre(saved_doubt{"thing", 50}, saved_doubt{"other", 41}));
  stop();
}

TEST_F(Journal, WhatIsKeptBesideThePagesIsInTheSameTransactions) {
  struct guest final : journal_guest {
    bool any() const override { return noted; }
    void cut(journal_batch& into) override {
      noted = false;
      into.locked.emplace_back().number = 7;
      into.locked.back().bytes = "what came";
    }
    void give_back(const journal_batch&) override { noted = true; }
    void note_everything() override { noted = true; }
    bool noted = true;
  } beside;
  begin();
  kept->keep_beside(&beside);
  kept->wake();
  durable();
  on_disk();
  EXPECT_FALSE(beside.any());
  auto copy = journal_file::open({(root / "copy.db").string(), 0}, time.wall_now());
  const auto all = copy->file->reader().locked().value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].number, 7u);
  EXPECT_EQ(all[0].bytes, "what came");
  stop();
}

TEST_F(Journal, WhatGoesIsForgottenAndItsLastChangeKept) {
  begin();
  const auto gone = built("/p/a.json");
  built("/p/b.json");
  durable();
  store->purge(gone, now);
  durable();
  const auto all = on_disk();
  ASSERT_THAT(all.pages, SizeIs(1));
  EXPECT_EQ(all.pages[0].what.path, "/p/b.json");
  EXPECT_THAT(all.bodies, SizeIs(1));
  ASSERT_THAT(all.gone, SizeIs(1));
  EXPECT_EQ(all.gone[0].what, change::kind::deleted);
  EXPECT_EQ(all.gone[0].path, "/p/a.json");
  stop();
}

TEST_F(Journal, APageThatWasNeverBuiltIsNotWorthARow) {
  begin();
  know("/p/a.json");
  mark("a");
  durable();
  EXPECT_THAT(on_disk().pages, IsEmpty());
  fail_it(take());
  durable();
  const auto all = on_disk();
  ASSERT_THAT(all.pages, SizeIs(1)) << "but its trouble is";
  EXPECT_EQ(all.pages[0].what.errors, 1);
  EXPECT_NE(all.pages[0].what.failure, "");
  stop();
}

TEST_F(Journal, AFullDiskAcknowledgesNothingAndServesOn) {
  begin(24);
  std::string noise;
  for (unsigned i = 0, x = 3; i < 30'000; ++i)
    noise += static_cast<char>((x = x * 69069 + 1) >> 24);
  for (int i = 0; i < 20; ++i)
    built("/p/" + std::to_string(i) + ".json", noise + std::to_string(i));
  bool told = false;
  kept->when_durable([&] { told = true; });
  until([&] { return !kept->well(); });
  EXPECT_THAT(kept->trouble(), HasSubstr("disk full"));
  EXPECT_THAT(kept->trouble(), HasSubstr("nothing is acknowledged"));
  for (int i = 0; i < 200; ++i) ctx.run_one_for(1ms);
  EXPECT_FALSE(told);
  EXPECT_GE(notes->waiting() + 8, 12u) << "all that is not written is noted";
  EXPECT_EQ(store->content(store->find("/p/3.json"))->body(), noise + "3");
  // Space: what was too much is not wanted any more.
  for (int i = 0; i < 20; ++i) {
    mark(std::to_string(i));
    put(take(), "small " + std::to_string(i));
  }
  until([&] { return told; });
  EXPECT_TRUE(kept->well());
  EXPECT_EQ(kept->trouble(), "");
  const auto all = on_disk();
  EXPECT_THAT(all.pages, SizeIs(20));
  for (const auto& body : all.bodies) EXPECT_LT(body.body.size(), 20u);
  stop();
}

TEST_F(Journal, DamageIsMovedAsideAndAllIsWrittenAnew) {
  begin();
  for (int i = 0; i < 10; ++i) built("/p/" + std::to_string(i) + ".json");
  cursors = {{"in", 5, "10"}};
  durable();
  kept->found_damage(error(journal_errc::damaged, "a test"));
  durable();
  EXPECT_TRUE(kept->well());
  const auto all = on_disk();
  EXPECT_THAT(all.pages, SizeIs(10));
  EXPECT_THAT(all.bodies, SizeIs(10));
  EXPECT_EQ(head.epoch, 9u);
  EXPECT_THAT(head.cursors, SizeIs(1));
  int aside = 0;
  for (const auto& each : std::filesystem::directory_iterator(root))
    aside += each.path().filename().string().find(".damaged-") != std::string::npos;
  EXPECT_GE(aside, 1);
  stop();
}

TEST_F(Journal, AnEndWritesWhatIsLeftAndIsClean) {
  begin();
  for (int i = 0; i < 50; ++i) built("/p/" + std::to_string(i) + ".json");
  cursors = {{"in", 5, "50"}};
  EXPECT_TRUE(run(kept->end(30s)));
  stop();
  run(kept->close());
  const auto all = on_disk();
  EXPECT_TRUE(head.clean);
  EXPECT_EQ(head.reserved, store->book().last_sequence());
  EXPECT_EQ(head.changed, store->changes().last());
  EXPECT_THAT(all.pages, SizeIs(50));
  EXPECT_THAT(head.cursors, SizeIs(1));
}

/// The scheduler, which takes marks to their pages, has ended by then.
TEST_F(Journal, AnEndTakesMarksToAllTheirPages) {
  begin(0,
        "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n"
        "on = { topic = 't', all = true }\n");
  for (int i = 0; i < 300; ++i) built("/p/" + std::to_string(i) + ".json");
  durable();
  ASSERT_TRUE(store->mark({}, now).wide);
  bool told = false;
  kept->when_durable([&] { told = true; });
  EXPECT_TRUE(run(kept->end(30s)));
  EXPECT_TRUE(told) << "an acknowledgement that waits for the marks";
  stop();
  run(kept->close());
  const auto all = on_disk();
  EXPECT_TRUE(head.clean);
  ASSERT_THAT(all.pages, SizeIs(300));
  for (const auto& page : all.pages) EXPECT_GT(page.what.parts[0].want, page.what.parts[0].have);
}

TEST_F(Journal, TroubleEndsThoughThereIsNothingToWrite) {
  begin();
  kept->found_damage(error(journal_errc::damaged, "a test"));
  EXPECT_FALSE(kept->well());
  for (int i = 0; i < 1000 && !kept->well(); ++i) ctx.run_one_for(10ms);
  EXPECT_TRUE(kept->well());
  stop();
}

/// What one store wrote, another takes over: bodies, versions, marks, troubles, changes.
TEST_F(Journal, AnotherStoreTakesOver) {
  begin();
  const auto fresh = built("/p/fresh.json", "fresh body");
  built("/p/stale.json", "stale body");
  const auto version = store->book().version(fresh);
  mark("stale");
  const auto broken = know("/p/broken.json");
  store->ask(broken, lane::visitor, cause::miss, now);
  EXPECT_TRUE(run(kept->end(30s)));
  stop();
  run(kept->close());
  auto all = on_disk();
  ASSERT_THAT(all.pages, SizeIs(2));
  unsaved_pages other_notes;
  page_store::options o;
  o.first = head.reserved + 1;
  o.unsaved = &other_notes;
  open(plain, o);
  for (const auto& page : all.pages) {
    remembered_page is;
    is.was.version = page.what.version;
    is.was.have = page.what.have;
    for (const auto& part : page.what.parts)
      is.was.parts.push_back({freshness_state::fresh, part.have, part.want, nullptr});
    const auto found = store->pages().find(page.what.path);
    const auto ref = store->recall(found.key, found.canonical, is, now);
    const auto body = std::ranges::find(all.bodies, page.what.row, &recalled_body::row);
    ASSERT_NE(body, all.bodies.end());
    EXPECT_EQ(store->content(ref), nullptr);
    EXPECT_TRUE(store->recall_content(ref, test::entry_of(body->version, body->body)));
    EXPECT_FALSE(store->recall_content(ref, test::entry_of(body->version, "again")));
  }
  const auto again = store->find("/p/fresh.json");
  EXPECT_EQ(store->book().version(again), version);
  EXPECT_EQ(store->content(again)->body(), "fresh body");
  EXPECT_EQ(fragment(again), "fresh");
  EXPECT_EQ(fragment(store->find("/p/stale.json")), "stale");
  EXPECT_EQ(take().ref, store->find("/p/stale.json")) << "an event that was not served yet";
}

TEST_F(Journal, WhatWasStillToBeDoneComesBack) {
  begin();
  built("/p/read.json");
  mark("read");
  put(take(), "one");
  built("/p/ahead.json");
  mark("ahead", {.floor = page_floor::of_saved(R"(["/n","7"])")});
  auto old = content_of("two");
  old.floor_met = false;
  EXPECT_TRUE(put(take(), old).held);
  EXPECT_TRUE(run(kept->end(30s)));
  stop();
  run(kept->close());
  const auto all = on_disk();
  ASSERT_THAT(all.pages, SizeIs(2));
  page_store::options o;
  o.first = head.reserved + 1;
  open(plain, o);
  for (const auto& page : all.pages) {
    const auto found = store->pages().find(page.what.path);
    store->recall(found.key, found.canonical, remembered(page.what, 0, 0, false, time.wall_now()),
                  now);
  }
  EXPECT_TRUE(store->book().status(store->find("/p/read.json")).reread);
  const auto c = take();
  EXPECT_EQ(c.ref, store->find("/p/ahead.json"));
  ASSERT_TRUE(c.floor);
  EXPECT_EQ(c.floor->text(), "/n >= 7");
}

TEST_F(Journal, APageInDoubtSaysSoUntilItIsVerified) {
  unsaved_pages own;
  page_store::options o;
  o.first = 100;
  o.unsaved = &own;
  begin();
  stop();
  open(plain, o);
  const auto found = store->pages().find("/p/a.json");
  remembered_page is;
  is.was.version = is.was.have = 5;
  is.was.parts.push_back({freshness_state::unverified, 5, 5, nullptr});
  const auto page = store->recall(found.key, found.canonical, is, now);
  ASSERT_TRUE(store->recall_content(page, test::entry_of(5, "old")));
  EXPECT_EQ(fragment(page), "unverified");
  EXPECT_FALSE(store->claim_next(0, now)) << "it waits for its turn";
  EXPECT_TRUE(shown(page).tell_home.take()) << "a visitor makes it due";
  store->visited(page, now);
  EXPECT_FALSE(store->verify(page, lane::rest, now)) << "it is queued already";
  const auto done = put(take(), "new");
  EXPECT_GT(done.version, 100u);
  EXPECT_EQ(fragment(page), "fresh");
}

}  // namespace
}  // namespace freshet
