#include "connectors/sweep/drift_book.hpp"

#include "tests/connectors/schedule/workshop.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DriftBook : public test::workshop {
 protected:
  static constexpr std::string_view two_parts =
      "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
      "[page.p]\npath = '/p/{name}.json'\nsettle = '5s'\n"
      "fetch = [{ upstream = 'u', get = '/x/{name}', into = '/x' },\n"
      "         { upstream = 'u', get = '/y/{name}', into = '/y' }]\n"
      "on = [{ topic = 'x.#', set = { name = '/msg/name' }, parts = ['/x'] },\n"
      "      { topic = ['y', 'z'], set = { name = '/msg/name' }, parts = ['/y'] }]\n";

  void open_book(std::string_view text = two_parts) {
    open(std::string(text));
    std::vector<config::diagnostic> wrong;
    rules.emplace(loaded.value, pages, numbers, wrong);
    book.emplace(loaded.value, *store, *rules, numbers);
  }
  drift one(std::string_view path, part_mask parts, freshness_state said = freshness_state::fresh) {
    const auto page = store->find(path);
    return {page, 0, said, parts, store->book().status(page).want, time.now(), time.wall_now()};
  }
  std::optional<rule_table> rules;
  std::optional<drift_book> book;
};

TEST_F(DriftBook, NamesThePageItsPartsAndTheRulesThatConcernThem) {
  open_book();
  built("/p/a.json");
  book->found(one("/p/a.json", 0b10));
  book->tick(time.now());
  EXPECT_EQ(book->of(0).wrong, 0u) << "its event may be on the way";
  time.advance(5s);
  book->tick(time.now());
  const auto& told = book->of(0);
  EXPECT_EQ(told.wrong, 1u);
  ASSERT_THAT(told.newest, SizeIs(1));
  EXPECT_EQ(told.newest[0].path, "/p/a.json");
  EXPECT_THAT(told.newest[0].parts, ElementsAre("/y"));
  ASSERT_THAT(told.rules, SizeIs(1));
  EXPECT_EQ(rules->terms(told.rules[0].rule).name, "p.on[1]");
  EXPECT_EQ(told.rules[0].pages, 1u);
  EXPECT_THAT(numbers.scrape(), testing::HasSubstr("freshet_drift_rule_total{rule=\"p.on[1]\"} 1"));
}

TEST_F(DriftBook, AnEventThatWasOnlyLaterExcusesIt) {
  open_book();
  built("/p/a.json");
  book->found(one("/p/a.json", 0b1));
  time.advance(3s);
  auto from = std::make_shared<origin>();
  from->received = time.now();
  mark("/p/a.json", {.from = from});
  settle();
  book->tick(time.now() + 5s);
  EXPECT_EQ(book->of(0).wrong, 0u) << "its refresh is up";
  answer("/x/a", "1");
  answer("/y/a", "1");
  book->found(one("/p/a.json", 0b1));
  from = std::make_shared<origin>(*from);
  time.advance(3s);
  from->received = time.now();
  mark("/p/a.json", {.from = from});
  settle();
  answer("/x/a", "1");
  answer("/y/a", "1");
  book->tick(time.now() + 5s);
  EXPECT_EQ(book->of(0).wrong, 0u) << "its refresh has ended";
}

TEST_F(DriftBook, PagesThatHadSaidSoAreCountedApart) {
  open_book();
  built("/p/a.json");
  book->found(one("/p/a.json", 0b1, freshness_state::unverified));
  book->tick(time.now() + 5s);
  EXPECT_EQ(book->of(0).wrong, 0u);
  EXPECT_EQ(book->of(0).unverified, 1u);
  EXPECT_TRUE(book->of(0).newest[0].unverified);
}

TEST_F(DriftBook, WithoutARuleNoneIsBlamed) {
  open_book(test::one_page);
  built("/p/a.json");
  book->found(one("/p/a.json", all_parts));
  book->tick(time.now() + 5s);
  EXPECT_THAT(book->of(0).rules, IsEmpty());
  EXPECT_THAT(numbers.scrape(), testing::HasSubstr("freshet_drift_rule_total{rule=\"none\"} 1"));
}

TEST_F(DriftBook, NamesThePageThoughAnotherHasItsNumberByThen) {
  open_book();
  const auto page = built("/p/a.json");
  book->found(one("/p/a.json", 0b1));
  store->purge(page, time.now());
  ASSERT_EQ(built("/p/b.json"), page);
  auto from = std::make_shared<origin>();
  from->received = time.now() + 1s;
  mark("/p/b.json", {.from = from});
  book->tick(time.now() + 5s);
  EXPECT_EQ(book->of(0).wrong, 1u) << "the event was the other's";
  EXPECT_EQ(book->of(0).newest[0].path, "/p/a.json");
}

TEST_F(DriftBook, IsBounded) {
  open_book();
  built("/p/a.json");
  const auto many = drift_book::waiting_max + 100;
  for (std::size_t i = 0; i < many; ++i) book->found(one("/p/a.json", 0b1));
  EXPECT_EQ(book->of(0).wrong, 100u) << "what is too much is judged at once";
  EXPECT_THAT(book->of(0).newest, SizeIs(drift_book::shown_max));
  store->purge(store->find("/p/a.json"), time.now());
  book->tick(time.now() + 5s);
  EXPECT_EQ(book->of(0).wrong, many) << "of a page that is gone, too";
}

TEST(PartsThatDiffer, AreFoundByTheirPlace) {
  const auto got = config::parse(
      "[upstream.u]\nkind = 'http'\nurl = 'http://h'\n[page.p]\npath = '/p'\n"
      "fetch = [{ upstream = 'u', get = '/x', into = '/x' },\n"
      "         { upstream = 'u', get = '/y', into = '/y' }]\n");
  const auto& page = got.value.pages.at(0);
  EXPECT_EQ(parts_that_differ(page, R"({"x":1,"y":2})", R"({"x":1,"y":3})"), 0b10u);
  EXPECT_EQ(parts_that_differ(page, R"({"x":1,"y":2})", R"({"x":{},"y":null})"), 0b11u);
}

}  // namespace
}  // namespace freshet
