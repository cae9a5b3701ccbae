#pragma once

#include <gmock/gmock.h>

#include "connectors/schedule/miss_desk.hpp"
#include "connectors/schedule/scheduler.hpp"
#include "core/config/load.hpp"
#include "tests/connectors/schedule/fake_upstream.hpp"

namespace freshet::test {

using namespace std::chrono_literals;
using outcome = api::miss_answer::outcome;

/// Store, refresher, scheduler and desk over upstreams that the test answers for, on a loop that
/// runs only when it is told to and a clock that only the test moves.
class workshop : public ::testing::Test {
 protected:
  struct visit {
    std::optional<api::miss_answer> got;
    std::exception_ptr thrown;
    asio::cancellation_signal leave;
    std::string status() const { return got ? got->shown.fragment : "nothing yet"; }
    std::string body() const {
      return got && got->shown.content ? std::string(got->shown.content->body()) : "nothing";
    }
  };

  workshop() = default;
  ~workshop() override { stop(); }

  /// `text`: the whole configuration but for `url`s; guarded = behind limits and a breaker.
  void open(const std::string& text, bool guarded = false, page_store::options options = {});
  void stop();

  /// Runs until only time could bring something.
  void settle();
  void advance(std::chrono::nanoseconds by);
  /// Runs, with real time passing, until `done`; gives up after some seconds.
  template <class F>
  void run_until(F done) {
    const auto give_up = steady_clock::now() + 20s;
    while (!done()) {
      ASSERT_LT(steady_clock::now(), give_up);
      ctx.restart();
      ctx.run_one_for(100ms);
    }
  }

  page_ref know(std::string_view path);
  std::shared_ptr<visit> ask(std::string_view path);
  void mark(std::string_view path, mark_request what = {});
  /// A page that was built once and is fresh.
  page_ref built(std::string_view path, std::string body = "1");
  std::string content(std::string_view path);
  freshness status(std::string_view path);
  void answer(std::string_view target, std::string body = "1") {
    EXPECT_TRUE(up->answer(target, json_answer(std::move(body)))) << target;
    settle();
  }
  void refuse(std::string_view target, error why) {
    EXPECT_TRUE(up->answer(target, std::move(why))) << target;
    settle();
  }

  manual_clock time;
  config::loaded loaded;
  site pages;
  std::vector<std::string> problems;  // what reached a sink
  listing listed_as = listing::not_known_yet;
  page_ref coming = no_page;  // its body is on its way
  asio::io_context ctx{1};
  metrics numbers;
  std::optional<fake_upstream> up;
  std::vector<std::unique_ptr<guarded_upstream>> guards;
  std::optional<page_store> store;
  std::optional<refresher> refreshes;
  std::optional<scheduler> plan;
  std::optional<miss_desk> desk;
  miss_desk::limits desk_limits;
  std::optional<task_scope> scope;

 private:
  asio::awaitable<result<upstream_answer>> call(std::size_t upstream, upstream_request request);
  asio::awaitable<void> visit_page(page_match at, std::shared_ptr<visit> into);
  asio::awaitable<void> close_all();
  task_scope::sink sink();
};

inline constexpr std::string_view one_page =
    "[upstream.u]\nkind = 'http'\nurl = 'http://127.0.0.1:1'\n"
    "[page.p]\npath = '/p/{name}.json'\nfetch = { upstream = 'u', get = '/x/{name}' }\n";

}  // namespace freshet::test
