#include "store/journal/schema.hpp"

#include <array>

#include "store/journal/database_form.hpp"
#include "store/journal/journal_errc.hpp"
#include "tests/store/journal/folder.hpp"

namespace freshet {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class Schema : public test::folder {
 protected:
  /// A journal of this version with two pages in it.
  void fill() {
    auto j = open();
    ASSERT_TRUE(j.file->begin(3, 1000, {}));
    journal_batch b;
    b.classes = test::classes();
    b.pages.push_back(test::page_of(1, "/things/1", 1, "one"));
    b.pages.push_back(test::page_of(2, "/things/2", 2, "two"));
    ASSERT_TRUE(j.file->commit(b));
    ASSERT_TRUE(j.file->end(2));
  }
  std::unique_ptr<database> raw() { return database::open(path()).value(); }
  /// Today's steps and two of a later time.
  static std::vector<const char*> and_then(const char* one, const char* other) {
    std::vector<const char*> all(schema::steps().begin(), schema::steps().end());
    all.push_back(one);
    all.push_back(other);
    return all;
  }
};

TEST_F(Schema, EachStepIsTakenOnceAndNothingIsLostOnTheWay) {
  fill();
  const auto later = and_then("ALTER TABLE page ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'",
                              "CREATE TABLE more (a); INSERT INTO more SELECT id FROM page");
  auto db = raw();
  ASSERT_TRUE(bring_up_to_date(*db, {schema::application_id, later}));
  EXPECT_EQ(db->number("PRAGMA user_version").value(), schema::version + 2);
  EXPECT_EQ(db->number("SELECT count(*) FROM page WHERE mood='good'").value(), 2);
  EXPECT_EQ(db->number("SELECT count(*) FROM more").value(), 2);
  ASSERT_TRUE(bring_up_to_date(*db, {schema::application_id, later})) << "it is up to date";
  EXPECT_EQ(db->number("SELECT count(*) FROM more").value(), 2);
}

TEST_F(Schema, AStepThatFailsLeavesTheFileAsItWas) {
  fill();
  const auto later =
      and_then("ALTER TABLE page ADD COLUMN mood TEXT", "INSERT INTO nowhere VALUES (1)");
  {
    auto db = raw();
    EXPECT_THAT(bring_up_to_date(*db, {schema::application_id, later}).error().text(),
                HasSubstr("nowhere"));
    EXPECT_EQ(db->number("PRAGMA user_version").value(), schema::version);
  }
  auto j = open();
  EXPECT_EQ(j.aside, "");
  EXPECT_TRUE(j.head.clean);
  EXPECT_THAT(test::read_all(*j.file).bodies, SizeIs(2));
}

TEST_F(Schema, ALaterVersionIsNotTouched) {
  fill();
  auto db = raw();
  ASSERT_TRUE(db->execute("PRAGMA user_version=99"));
  const auto refused = bring_up_to_date(*db, {schema::application_id, schema::steps()});
  EXPECT_EQ(refused.error().code, journal_errc::newer);
  EXPECT_EQ(db->number("PRAGMA user_version").value(), 99);
}

/// A file of the first version, as the freshet of that time left it.
TEST_F(Schema, AFileOfTheFirstVersionGoesOn) {
  fill();
  {
    auto db = raw();
    ASSERT_TRUE(
        db->execute("DROP TABLE locked; ALTER TABLE page DROP COLUMN floor;"
                    "ALTER TABLE page DROP COLUMN floor_unmet; ALTER TABLE page DROP COLUMN reread;"
                    "PRAGMA user_version=1"));
  }
  auto j = open();
  EXPECT_EQ(j.aside, "");
  EXPECT_TRUE(j.head.clean);
  EXPECT_THAT(test::read_all(*j.file).pages, SizeIs(2));
  journal_batch b;
  b.classes = test::classes();
  b.locked.push_back({});
  EXPECT_TRUE(j.file->commit(b));
  EXPECT_THAT(j.file->reader().locked().value(), SizeIs(1));
}

}  // namespace
}  // namespace freshet
