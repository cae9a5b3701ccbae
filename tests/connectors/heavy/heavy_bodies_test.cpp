#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <future>
#include <map>
#include <optional>
#include <thread>

#include "connectors/heavy/off_loop.hpp"
#include "connectors/refresh/refresher.hpp"
#include "core/config/load.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

std::string rows(std::size_t bytes) {
  std::string out = "[0";
  while (out.size() < bytes) out += ",{\"bug\":\"" + std::to_string(out.size()) + "\"}";
  return out + "]";
}

asio::awaitable<void> ask(worker_thread* worker, std::size_t bytes,
                          std::vector<std::thread::id>* out) {
  out->push_back(co_await off_loop(worker, bytes, [] { return std::this_thread::get_id(); }));
}

TEST(OffLoop, FewBytesStayHereManyGoThere) {
  asio::io_context ctx(1);
  worker_thread worker("worker", 4);
  std::vector<std::thread::id> ran;
  test::run(ctx, ask(&worker, light_bytes_max, &ran));
  test::run(ctx, ask(nullptr, light_bytes_max + 1, &ran));
  EXPECT_EQ(ran, std::vector(2, std::this_thread::get_id()));
  test::run(ctx, ask(&worker, light_bytes_max + 1, &ran));
  EXPECT_NE(ran.back(), std::this_thread::get_id());
  worker.stop();
  test::run(ctx, ask(&worker, light_bytes_max + 1, &ran));
  EXPECT_EQ(ran.back(), std::this_thread::get_id());  // not lost
}

constexpr std::string_view pages_toml = R"(
[upstream.u]
kind = "http"
url = "http://127.0.0.1:1"

[page.one]
path = "/one/{name}.json"
max_size = "32MB"
fetch = [{ upstream = "u", get = "/one", expect = { "/0" = "0" } }]
shows = { bug = "/1/bug" }
on = [{ topic = "bug", set = { bug = "/id" } }]

[page.two]
path = "/two/{name}.json"
max_size = "32MB"
fetch = [
  { upstream = "u", get = "/a", into = "/a" },
  { upstream = "u", get = "/b", into = "/b" },
]
)";

class HeavyBodiesTest : public ::testing::Test {
 protected:
  HeavyBodiesTest() : loaded_(config::parse(pages_toml)) {
    for (const auto& p : loaded_.problems) ADD_FAILURE() << config::render(p);
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    store_hooks hooks;
    hooks.fragment = [](auto&&...) { return std::string("\r\n"); };
    store_.emplace(loaded_.value, pages_, page_store::options{}, hooks);
    upstream_caller call = [this](std::size_t, upstream_request request, lane) {
      return answer(std::move(request.target));
    };
    refresher_.emplace(loaded_.value, *store_, call, time_, counts_, problems, &worker_);
    for (const auto& p : problems) ADD_FAILURE() << config::render(p);
  }

  asio::awaitable<result<upstream_answer>> answer(std::string target) {
    co_return upstream_answer{200, answers_[target], "application/json", 0};
  }

  claim take(std::string_view path) {
    const auto match = pages_.find(path);
    const auto page = store_->know(match.key, match.canonical);
    time_.advance(std::chrono::hours(1));
    store_->mark_page(page, {}, time_.now());
    auto claimed = store_->claim_next(match.key.page, time_.now());
    EXPECT_TRUE(claimed);
    return *claimed;
  }
  entry_ptr refresh(std::string_view path) {
    asio::io_context ctx(1);
    const auto c = take(path);
    test::run(ctx, refresher_->run(c));
    return store_->content(c.ref);
  }

  config::loaded loaded_;
  site pages_;
  manual_clock time_;
  metrics counts_;
  std::optional<page_store> store_;
  std::map<std::string, std::string> answers_;
  worker_thread worker_{"worker", 4};
  std::optional<refresher> refresher_;
};

TEST_F(HeavyBodiesTest, ALargeBodyIsCheckedHashedAndReadOnTheWorker) {
  answers_["/one"] = rows(300'000);
  const auto made = refresh("/one/x.json");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->body(), answers_["/one"]);
  EXPECT_EQ(made->etag, http::content_etag(answers_["/one"]));
  EXPECT_EQ(made->etag, http::content_etag(made->body()));
  EXPECT_EQ(worker_.counts().done, 2u);  // checked with its hash; what it shows
  EXPECT_EQ(store_->book().status(store_->find("/one/x.json")).state, freshness_state::fresh);
}

TEST_F(HeavyBodiesTest, ASmallOneIsNotSentThere) {
  answers_["/one"] = rows(3000);
  EXPECT_TRUE(refresh("/one/x.json"));
  EXPECT_EQ(worker_.counts().done, 0u);
}

TEST_F(HeavyBodiesTest, WhatIsWrongWithALargeBodyIsFoundThere) {
  answers_["/one"] = rows(300'000) + "]";
  EXPECT_FALSE(refresh("/one/x.json"));
  answers_["/one"] = "[7" + rows(300'000).substr(2);
  EXPECT_FALSE(refresh("/one/x.json"));  // `expect` does not hold
  EXPECT_EQ(worker_.counts().done, 2u);
}

TEST_F(HeavyBodiesTest, ALargeDocumentIsPutTogetherThere) {
  answers_["/a"] = rows(300'000);
  answers_["/b"] = "{\"n\":1}";
  const auto first = refresh("/two/x.json");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->body(), "{\"a\":" + answers_["/a"] + ",\"b\":{\"n\":1}}");
  EXPECT_EQ(first->etag, http::content_etag(first->body()));
  EXPECT_EQ(worker_.counts().done, 2u);
  answers_["/b"] = "{";  // keeps its old bytes, which are read from the old document there
  const auto second = refresh("/two/x.json");
  EXPECT_EQ(second->body(), first->body());
  EXPECT_EQ(second->version, first->version);
}

TEST_F(HeavyBodiesTest, ARefreshIsCancelledWhileTheWorkerHasItsBody) {
  std::promise<void> open, entered;
  auto opened = open.get_future().share();
  asio::io_context busy(1), ctx(1);
  auto hold = [&entered, opened] {
    entered.set_value();
    opened.wait();
  };
  asio::co_spawn(busy, worker_.run(hold), [](auto, auto) {});
  busy.poll();
  entered.get_future().wait();
  answers_["/one"] = rows(300'000);
  asio::cancellation_signal stop;
  std::exception_ptr ended;
  asio::co_spawn(ctx, refresher_->run(take("/one/x.json")),
                 asio::bind_cancellation_slot(stop.slot(), [&](auto e) { ended = e; }));
  ctx.poll();
  stop.emit(asio::cancellation_type::terminal);
  ctx.run();
  EXPECT_TRUE(is_cancellation(ended));
  refresher_.reset();  // an engine may go before its last job
  loaded_ = {};
  open.set_value();
  busy.run();
  worker_.stop();
}

}  // namespace
}  // namespace freshet
