#include "store/journal/journal_file.hpp"

#include <thread>

#include "store/journal/journal_errc.hpp"
#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using test::page_of;
using test::read_all;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JournalFile : public test::folder {
 protected:
  journal_batch batch() const {
    journal_batch out;
    out.classes = test::classes();
    return out;
  }
};

TEST_F(JournalFile, ANewOneIsEmptyAndNotClean) {
  auto j = open();
  EXPECT_EQ(j.aside, "");
  EXPECT_FALSE(j.head.clean);
  EXPECT_EQ(j.head.epoch, 0u);
  const auto all = read_all(*j.file);
  EXPECT_THAT(all.pages, IsEmpty());
  EXPECT_THAT(all.bodies, IsEmpty());
}

TEST_F(JournalFile, EverythingOfAPageComesBack) {
  const auto from = std::make_shared<const origin>(origin{
      .event_id = "e-1", .topic = "t.x", .bus = "in", .rule = "thing.on[0]", .time = now - 5s});
  {
    auto j = open();
    ASSERT_TRUE(j.file->begin(77, 1'000'000, {{"other", 12}}));
    auto b = batch();
    auto page = page_of(9, "/things/é \" .json", 41, std::string(5000, 'x'));
    auto& p = page.what;
    p.have = 40;
    p.parts = {{50, 40}, {41, 41}};
    p.verified = now - 2s;
    p.popularity = 3;
    p.attempts = 4;
    p.errors = 10;
    p.errors_since = now - 20min;
    p.parked_until = now + 1h;
    p.failure = "status 502";
    p.why = cause::sweep;
    p.from = from;
    p.floor = page_floor::of_saved(R"(["/seq","17"])");
    p.floor_unmet = p.reread = true;
    p.change_event = "e-0";
    p.change_topic = "t.y";
    p.change_etag = "abc";
    auto content = entry::make(std::string(5000, 'x'));
    content->version = 41;
    content->status = 404;
    content->etag.fill('f');
    content->modified = now - 1min;
    page.content = content;
    b.pages.push_back(std::move(page));
    b.gone.push_back({43, change::kind::deleted, "thing", "/things/gone.json", "", "e-2", "t.z"});
    b.cursors.push_back({"in", 5, "4711"});
    b.dropped = 30;
    b.changed = 43;
    b.reserved = 2'000'000;
    ASSERT_TRUE(j.file->commit(b));
    ASSERT_TRUE(j.file->end(60));
  }
  auto j = open();
  EXPECT_TRUE(j.head.clean);
  EXPECT_EQ(j.head.epoch, 77u);
  EXPECT_EQ(j.head.reserved, 60u);
  EXPECT_EQ(j.head.dropped, 30u);
  EXPECT_EQ(j.head.changed, 43u);
  EXPECT_EQ(j.head.last_row, 9u);
  EXPECT_THAT(j.head.cursors, ElementsAre(saved_cursor{"in", 5, "4711"}));
  EXPECT_THAT(j.head.doubts, ElementsAre(saved_doubt{"other", 12}));
  const auto all = read_all(*j.file);
  ASSERT_THAT(all.pages, SizeIs(1));
  EXPECT_EQ(all.pages[0].class_name, "thing");
  EXPECT_EQ(all.pages[0].recipe, 7u);
  const auto& p = all.pages[0].what;
  EXPECT_EQ(p.row, 9u);
  EXPECT_EQ(p.path, "/things/é \" .json");
  EXPECT_EQ(p.version, 41u);
  EXPECT_EQ(p.have, 40u);
  EXPECT_THAT(p.parts, ElementsAre(saved_page::part{50, 40}, saved_page::part{41, 41}));
  EXPECT_EQ(p.verified, now - 2s);
  EXPECT_EQ(p.popularity, 3);
  EXPECT_EQ(p.attempts, 4);
  EXPECT_EQ(p.errors, 10);
  EXPECT_EQ(p.errors_since, now - 20min);
  EXPECT_EQ(p.parked_until, now + 1h);
  EXPECT_EQ(p.failure, "status 502");
  EXPECT_EQ(p.why, cause::sweep);
  ASSERT_TRUE(p.from);
  EXPECT_EQ(p.from->event_id, "e-1");
  EXPECT_EQ(p.from->rule, "thing.on[0]");
  EXPECT_EQ(p.from->time, now - 5s);
  ASSERT_TRUE(p.floor);
  EXPECT_EQ(p.floor->text(), "/seq >= 17");
  EXPECT_TRUE(p.floor_unmet && p.reread);
  EXPECT_EQ(p.change_event, "e-0");
  EXPECT_EQ(p.change_topic, "t.y");
  EXPECT_EQ(p.change_etag, "abc");
  ASSERT_THAT(all.gone, SizeIs(1));
  EXPECT_EQ(all.gone[0].at, 43u);
  EXPECT_EQ(all.gone[0].what, change::kind::deleted);
  EXPECT_EQ(all.gone[0].path, "/things/gone.json");
  ASSERT_THAT(all.bodies, SizeIs(1));
  EXPECT_EQ(all.bodies[0].version, 41u);
  EXPECT_EQ(all.bodies[0].status, 404);
  EXPECT_EQ(all.bodies[0].etag[31], 'f');
  EXPECT_EQ(all.bodies[0].modified, now - 1min);
  EXPECT_EQ(all.bodies[0].body, std::string(5000, 'x'));
}

TEST_F(JournalFile, BodiesOfAnyKindComeBack) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 100'000; ++i)
    noise += static_cast<char>((x = x * 69069 + 1) >> 24);
  const std::vector<std::string> bodies{"",
                                        "{}",
                                        std::string(127, 'a'),
                                        noise,
                                        std::string(3'000'000, 'b'),
                                        std::string("\0\xff", 2)};
  {
    auto j = open();
    auto b = batch();
    for (std::size_t i = 0; i < bodies.size(); ++i)
      b.pages.push_back(page_of(i + 1, "/things/" + std::to_string(i), i + 1, bodies[i]));
    ASSERT_TRUE(j.file->commit(b));
  }
  EXPECT_LT(std::filesystem::file_size(path()), 300'000u) << "three megabytes of one letter";
  auto j = open();
  const auto all = read_all(*j.file);
  ASSERT_THAT(all.bodies, SizeIs(bodies.size()));
  for (std::size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(all.bodies[i].body, bodies[i]) << i;
}

TEST_F(JournalFile, BodiesThatAreAskedForComeBeforeTheirTurn) {
  auto j = open();
  auto b = batch();
  for (page_row row = 1; row <= 5; ++row)
    b.pages.push_back(page_of(row, "/things/" + std::to_string(row), row, std::to_string(row)));
  ASSERT_TRUE(j.file->commit(b));
  const auto rows = [](const result<std::vector<recalled_body>>& chunk) {
    std::vector<page_row> out;
    for (const auto& body : chunk.value()) out.push_back(body.row);
    return out;
  };
  auto& reader = j.file->reader();
  EXPECT_THAT(rows(reader.bodies(2, 1 << 20)), ElementsAre(1, 2));
  EXPECT_THAT(rows(reader.bodies_of({5, 99, 1})), ElementsAre(5, 1)) << "there is no 99";
  EXPECT_THAT(rows(reader.bodies(9, 1 << 20)), ElementsAre(3, 4, 5)) << "the walk goes on";
  EXPECT_THAT(rows(reader.bodies(9, 1 << 20)), IsEmpty());
}

TEST_F(JournalFile, StateIsWrittenWithoutTheBodyAndForgettingTakesBoth) {
  auto j = open();
  auto b = batch();
  b.pages.push_back(page_of(1, "/things/a", 5, "one"));
  b.pages.push_back(page_of(2, "/things/b", 6, "two"));
  ASSERT_TRUE(j.file->commit(b));
  auto later = batch();
  later.pages.push_back(page_of(1, "/things/a", 5, ""));
  later.pages[0].content = nullptr;
  later.pages[0].what.parts = {{9, 5}};
  later.forgotten = {2};
  ASSERT_TRUE(j.file->commit(later));
  const auto all = read_all(*j.file);
  ASSERT_THAT(all.pages, SizeIs(1));
  EXPECT_THAT(all.pages[0].what.parts, ElementsAre(saved_page::part{9, 5}));
  ASSERT_THAT(all.bodies, SizeIs(1));
  EXPECT_EQ(all.bodies[0].body, "one");
}

TEST_F(JournalFile, WhatIsForgottenWhileItsBatchIsFilledDoesNotComeBack) {
  auto j = open();
  auto b = batch();
  b.pages.push_back(page_of(1, "/things/a", 5, "one"));
  b.pages.push_back(page_of(2, "/things/a", 6, "again"));  // known anew: another row
  b.forgotten = {1};
  ASSERT_TRUE(j.file->commit(b));
  const auto all = read_all(*j.file);
  ASSERT_THAT(all.pages, SizeIs(1));
  EXPECT_EQ(all.pages[0].what.row, 2u);
  ASSERT_THAT(all.bodies, SizeIs(1));
  EXPECT_EQ(all.bodies[0].body, "again");
}

TEST_F(JournalFile, ChangesOfGonePagesLeaveWithTheWindow) {
  auto j = open();
  auto b = batch();
  for (sequence at = 1; at <= 10; ++at)
    b.gone.push_back({at, change::kind::reload, "thing", "/x", "", "", ""});
  ASSERT_TRUE(j.file->commit(b));
  auto later = batch();
  later.dropped = 7;
  ASSERT_TRUE(j.file->commit(later));
  const auto all = read_all(*j.file);
  ASSERT_THAT(all.gone, SizeIs(3));
  EXPECT_EQ(all.gone[0].at, 8u);
}

TEST_F(JournalFile, ARunThatDidNotEndIsNotClean) {
  {
    auto j = open();
    ASSERT_TRUE(j.file->begin(5, 1000, {}));
    ASSERT_TRUE(j.file->end(10));
  }
  {
    auto j = open();
    EXPECT_TRUE(j.head.clean);
    ASSERT_TRUE(j.file->begin(5, 1'000'010, {}));
  }
  auto j = open();
  EXPECT_FALSE(j.head.clean);
  EXPECT_EQ(j.head.reserved, 1'000'010u);
}

TEST_F(JournalFile, ASecondOneIsRefusedAndSaysWho) {
  auto j = open();
  const auto second = journal_file::open({path(), 0}, now);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, journal_errc::in_use);
  EXPECT_THAT(second.error().text(), HasSubstr(path()));
  EXPECT_THAT(second.error().text(), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_THAT(moved_aside(), IsEmpty());
  j.file.reset();
  EXPECT_TRUE(journal_file::open({path(), 0}, now));
}

TEST_F(JournalFile, WhereNoFileCanBeIsRefused) {
  std::filesystem::create_directory(path("folder"));
  EXPECT_FALSE(journal_file::open({path("folder"), 0}, now));
  EXPECT_FALSE(journal_file::open({path("nowhere/state.db"), 0}, now));
  EXPECT_THAT(moved_aside(), IsEmpty());
}

TEST_F(JournalFile, AFullDiskChangesNothingAndIsForgivenWhenThereIsSpace) {
  const std::string big(40'000, 'q');
  std::string noise;
  for (unsigned i = 0, x = 7; i < 40'000; ++i)
    noise += static_cast<char>((x = x * 69069 + 1) >> 24);
  {
    auto j = open("state.db", 64);
    ASSERT_TRUE(j.file->begin(1, 100, {}));
    auto small = batch();
    small.pages.push_back(page_of(1, "/things/a", 1, "one"));
    small.cursors = {{"in", 5, "1"}};
    ASSERT_TRUE(j.file->commit(small));
    auto much = batch();
    for (page_row row = 2; row < 20; ++row)
      much.pages.push_back(page_of(row, "/things/" + std::to_string(row), row, noise));
    much.cursors = {{"in", 5, "2"}};
    for (int tries = 0; tries < 3; ++tries) {
      const auto done = j.file->commit(much);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, journal_errc::full) << done.error().text();
    }
    auto again = batch();
    again.pages.push_back(page_of(1, "/things/a", 30, "two"));
    EXPECT_TRUE(j.file->commit(again)) << "what fits is written";
    const auto all = read_all(*j.file);
    ASSERT_THAT(all.pages, SizeIs(1)) << "nothing of what failed";
    EXPECT_EQ(all.pages[0].what.version, 30u);
  }
  auto j = open();
  EXPECT_EQ(j.aside, "");
  EXPECT_THAT(j.head.cursors, ElementsAre(saved_cursor{"in", 5, "1"}));
}

TEST_F(JournalFile, RenewedItIsEmptyAndTheOldOneIsKept) {
  auto j = open();
  auto b = batch();
  b.pages.push_back(page_of(1, "/things/a", 1, "one"));
  ASSERT_TRUE(j.file->commit(b));
  ASSERT_TRUE(j.file->renew("a test", now));
  EXPECT_THAT(read_all(*j.file).pages, IsEmpty());
  EXPECT_THAT(moved_aside(), testing::Contains("state.db.damaged-20251121T094000Z"));
  ASSERT_TRUE(j.file->commit(b));
  EXPECT_THAT(read_all(*j.file).pages, SizeIs(1));
}

#ifndef NDEBUG
TEST_F(JournalFile, AnotherThreadThanItsOwnIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto j = open();
  EXPECT_DEATH(std::thread([&] { static_cast<void>(j.file->begin(1, 1, {})); }).join(), "owner_");
}
#endif

}  // namespace
}  // namespace freshet
