#include <sqlite3.h>

#include "store/journal/journal_errc.hpp"
#include "store/journal/schema.hpp"
#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using test::page_of;
using test::read_all;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JournalDamage : public test::folder {
 protected:
  /// A journal that ended well, with `pages` pages of `bytes` bytes that do not shrink.
  void fill(page_row pages, std::size_t bytes, bool ended = true) {
    auto j = open();
    ASSERT_TRUE(j.file->begin(3, 1000, {}));
    unsigned x = 1;
    for (page_row row = 1; row <= pages; ++row) {
      journal_batch b;
      b.classes = test::classes();
      std::string noise;
      while (noise.size() < bytes) noise += static_cast<char>((x = x * 69069 + 1) >> 24);
      b.pages.push_back(page_of(row, "/things/" + std::to_string(row), row, noise));
      b.gone.push_back({row, change::kind::reload, "thing", "/x", "", "", ""});
      b.cursors.push_back({"in", 5, std::to_string(row)});
      ASSERT_TRUE(j.file->commit(b));
    }
    if (ended) {
      ASSERT_TRUE(j.file->end(2000));
    }
  }
  void sqlite(const std::string& name, const std::string& sql) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path(name).c_str(), &raw), SQLITE_OK);
    char* said = nullptr;
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &said), SQLITE_OK)
        << (said == nullptr ? "" : said);
    sqlite3_free(said);
    sqlite3_close(raw);
  }
  /// It opens, empty, and says why the old one is gone.
  void expect_begun_anew(std::string_view why) {
    auto j = open();
    EXPECT_THAT(j.aside, HasSubstr(std::string(why)));
    EXPECT_THAT(j.aside, HasSubstr("moved to " + path() + ".damaged-20251121T094000Z"));
    EXPECT_EQ(j.head.epoch, 0u);
    EXPECT_FALSE(j.head.clean);
    EXPECT_THAT(read_all(*j.file).pages, IsEmpty());
    EXPECT_THAT(moved_aside(), testing::Not(IsEmpty()));
    journal_batch b;
    b.classes = test::classes();
    b.pages.push_back(page_of(1, "/things/a", 1, "one"));
    EXPECT_TRUE(j.file->commit(b)) << "the new one works";
  }
};

TEST_F(JournalDamage, AFileOfAnotherKindIsMovedAside) {
  write("state.db", std::string(10'000, 'x'));
  expect_begun_anew("not a journal of freshet");
  std::ifstream kept(path() + ".damaged-20251121T094000Z");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), std::string(10'000, 'x'));
}

TEST_F(JournalDamage, AnotherProgramsDatabaseIsMovedAsideAsItWas) {
  sqlite("state.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA user_version=1");
  copy("state.db", "before.db");
  expect_begun_anew("of another program");
  std::ifstream before(path("before.db")), after(path() + ".damaged-20251121T094000Z");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(before), {}),
            std::string(std::istreambuf_iterator<char>(after), {}));
}

TEST_F(JournalDamage, AJournalOfALaterVersionIsMovedAside) {
  fill(3, 100);
  sqlite("state.db", "PRAGMA user_version=99");
  expect_begun_anew("its version is 99, this freshet knows 3");
}

TEST_F(JournalDamage, TwoInOneSecondDoNotTakeEachOthersName) {
  for (int i = 0; i < 3; ++i) {
    write("state.db", "no database at all, whatever it is");
    const auto j = open();
    EXPECT_NE(j.aside, "");
    std::filesystem::remove(path());
  }
  EXPECT_THAT(moved_aside(), testing::Contains("state.db.damaged-20251121T094000Z-3"));
}

TEST_F(JournalDamage, CutAtEachStepItIsWholeOrMovedAside) {
  fill(40, 6000);
  copy("state.db", "whole.db");
  const auto size = std::filesystem::file_size(path("whole.db"));
  ASSERT_GT(size, 200'000u);
  int aside = 0;
  for (std::uintmax_t at = 0; at < size; at += 4096) {
    copy("whole.db", "state.db");
    std::filesystem::resize_file(path(), at);
    auto j = open();
    const auto all = read_all(*j.file);
    if (!j.aside.empty()) ++aside;
    if (j.aside.empty() && at > 0) {
      EXPECT_EQ(all.wrong != "" || all.bodies.size() == 40, true) << "cut at " << at;
    } else {
      EXPECT_THAT(all.pages, IsEmpty()) << "cut at " << at;
    }
    // However it began, it can be used.
    journal_batch b;
    b.classes = test::classes();
    b.pages.push_back(page_of(100, "/things/new", 100, "new"));
    auto done = j.file->commit(b);
    if (!done && j.file->renew(done.error().text(), now)) done = j.file->commit(b);
    EXPECT_TRUE(done) << "cut at " << at;
  }
  EXPECT_EQ(aside, static_cast<int>((size - 1) / 4096)) << "an empty file is simply a new one";
}

TEST_F(JournalDamage, ALogCutAnywhereEndsAtAWholeBatch) {
  {
    auto j = open();
    ASSERT_TRUE(j.file->begin(3, 1000, {}));
    for (page_row row = 1; row <= 12; ++row) {
      journal_batch b;
      b.classes = test::classes();
      b.pages.push_back(page_of(row, "/things/" + std::to_string(row), row, "body"));
      b.cursors.push_back({"in", 5, std::to_string(row)});
      ASSERT_TRUE(j.file->commit(b));
    }
    copy("state.db", "whole.db");
  }
  const auto size = std::filesystem::file_size(path("whole.db-wal"));
  std::size_t most = 0;
  for (std::uintmax_t at = 0;; at = std::min(at + 1021, size)) {
    copy("whole.db", "cut.db");
    std::filesystem::resize_file(path("cut.db-wal"), at);
    auto j = open("cut.db");
    EXPECT_EQ(j.aside, "") << "cut at " << at;
    const auto all = read_all(*j.file);
    EXPECT_EQ(all.pages.size(), all.bodies.size());
    EXPECT_GE(all.pages.size(), most) << "a longer log holds no less";
    most = std::max(most, all.pages.size());
    const auto told = j.head.cursors.empty() ? "0" : j.head.cursors[0].position;
    EXPECT_EQ(told, std::to_string(all.pages.size())) << "page and cursor are one transaction";
    if (at == size) break;
  }
  EXPECT_EQ(most, 12u);
}

TEST_F(JournalDamage, FlippedBitsAreSeenOrHarmless) {
  fill(30, 3000);
  copy("state.db", "whole.db");
  auto good = [&] {
    auto j = open("whole.db");
    return read_all(*j.file);
  }();
  ASSERT_THAT(good.bodies, SizeIs(30));
  const auto size = std::filesystem::file_size(path("whole.db"));
  std::size_t missing = 0;
  for (std::uintmax_t at = 4096; at < size; at += size / 300) {
    copy("whole.db", "state.db");
    {
      std::fstream f(path(), std::ios::in | std::ios::out | std::ios::binary);
      f.seekg(static_cast<std::streamoff>(at));
      const char was = static_cast<char>(f.get());
      f.seekp(static_cast<std::streamoff>(at));
      f.put(static_cast<char>(was ^ 0x10));
    }
    auto j = open();
    const auto all = read_all(*j.file);
    missing += 30 - all.bodies.size();
    for (const auto& body : all.bodies) {
      if (body.row == 0 || body.row > 30) continue;  // the flip hit the number: nobody asks for it
      EXPECT_EQ(body.body, good.bodies[body.row - 1].body) << "flipped at " << at;
    }
  }
  EXPECT_GT(missing, 100u) << "the flips hit nothing";
}

TEST_F(JournalDamage, AnEmptyFileWithALogIsNotTakenForANewOne) {
  fill(3, 100, false);
  write("state.db", "");
  write("state.db-wal", std::string(5000, 'w'));
  expect_begun_anew("its log is not");
}

}  // namespace
}  // namespace freshet
