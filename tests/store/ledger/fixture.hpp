#pragma once

#include <gtest/gtest.h>

#include <ostream>

#include "store/ledger/ledger.hpp"

namespace freshet {

inline std::ostream& operator<<(std::ostream& out, freshness_state s) {
  static constexpr const char* names[] = {"fresh", "stale", "unverified", "parked"};
  return out << names[static_cast<int>(s)];
}

namespace test {

using namespace std::chrono_literals;

/// The page shows this number, or a later one.
inline floor_ptr floor_at(std::int64_t n) {
  static const auto rule = [] {
    auto made = std::make_shared<floor_rule>();
    made->event = *json::pointer::parse("/msg/seq");
    made->page = *json::pointer::parse("/seq");
    return std::shared_ptr<const floor_rule>(made);
  }();
  return std::make_shared<const page_floor>(rule, std::vector<std::string>{std::to_string(n)});
}

/// A ledger with one class of one part (0), one of three parts (1), and a clock that tests move.
class ledger_fixture : public ::testing::Test {
 protected:
  ledger_fixture() {
    book.add_class(0, {});
    book.add_class(1, {.parts = 3});
  }

  std::optional<claim> take(class_id of = 0) { return book.claim_next(of, now); }
  commit_outcome put(const claim& c, bool changed = true) {
    return book.commit(c.ref, c.token, {.good = c.parts, .changed = changed}, now);
  }
  void break_off(const claim& c, bool counts = true, std::optional<mono_time> retry_at = {}) {
    ASSERT_TRUE(
        book.fail(c.ref, c.token,
                  {.bad = c.parts,
                   .failure = std::make_shared<const error>(fail(errc::timed_out, "no answer")),
                   .counts_against_page = counts,
                   .retry_at = retry_at},
                  now));
  }
  /// A page that was built once and is fresh.
  void built(page_ref page, class_id of = 0) {
    book.add(page, of);
    book.ask(page, lane::visitor, cause::miss, now);
    auto c = take(of);
    ASSERT_TRUE(c && c->ref == page);
    ASSERT_TRUE(put(*c).accepted);
  }
  freshness_state state(page_ref page) { return book.status(page).state; }
  /// Fails the page until it is parked.
  void park(page_ref page) {
    book.mark(page, {}, now);
    for (int i = 0; i < 20 && state(page) != freshness_state::parked; ++i) {
      now += 5min;
      auto c = take();
      ASSERT_TRUE(c);
      break_off(*c);
    }
    ASSERT_EQ(state(page), freshness_state::parked);
  }

  mono_time now{1h};
  ledger book{1000, 1};
};

}  // namespace test
}  // namespace freshet
