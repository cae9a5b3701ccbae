#include "connectors/heavy/encodings.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "core/config/load.hpp"
#include "net/http/answer/entry_builder.hpp"
#include "tests/support/run.hpp"

namespace freshet {
namespace {

constexpr std::string_view one_page = R"(
[upstream.koji]
kind = "http"
url = "http://127.0.0.1:3"

[page.doc]
path = "/doc/{name}.json"
fetch = [{ upstream = "koji", get = "/doc" }]
)";

std::string shrinking(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes)
    out += "{\"name\":\"guake\",\"n\":" + std::to_string(out.size()) + "},";
  return out.substr(0, bytes);
}

std::string noise(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::uint64_t x = 88172645463325252;
  for (auto& c : out) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    c = static_cast<char>(x >> 40);
  }
  return out;
}

class EncodingsTest : public ::testing::Test {
 protected:
  EncodingsTest() : loaded_(config::parse(one_page)) {
    std::vector<config::diagnostic> problems;
    pages_ = site::compile(loaded_.value.pages, problems);
    store_hooks hooks;
    hooks.fragment = [](auto&&...) { return std::string("\r\n"); };
    store_.emplace(loaded_.value, pages_, page_store::options{}, hooks);
  }
  ~EncodingsTest() override { test::run(ctx_, close(&scope_)); }

  static asio::awaitable<void> close(task_scope* scope) { co_await scope->close(); }

  encodings& make(encodings::limits bounds = {}) {
    return codings_.emplace(*store_, worker_, ctx_.get_executor(), scope_, bounds);
  }

  const slot& publish(const std::string& name, std::string body) {
    const auto match = pages_.find("/doc/" + name + ".json");
    const auto page = store_->know(match.key, match.canonical);
    store_->mark_page(page, {}, now_);
    auto claimed = store_->claim_next(0, now_);
    EXPECT_TRUE(claimed);
    new_content content;
    content.etag = http::content_etag(body);
    content.make = [&](sequence version) -> entry_ptr {
      return http::build_entry({.body = body, .version = version, .modified = {}});
    };
    commit_request request;
    request.good = claimed->parts;
    EXPECT_TRUE(store_->commit(page, claimed->token, request, content, nullptr, now_).accepted);
    store_->tick(now_);
    now_ += std::chrono::hours(1);
    return *store_->slot_of(page);
  }

  void run() {
    ctx_.run();
    ctx_.restart();
  }

  config::loaded loaded_;
  site pages_;
  mono_time now_{std::chrono::hours(1)};
  std::optional<page_store> store_;
  worker_thread worker_{"worker", 4};
  asio::io_context ctx_{1};
  std::optional<encodings> codings_;
  task_scope scope_{ctx_.get_executor(), [](auto, auto) { FAIL(); }};
};

const entry& content_of(const slot& s) { return *s.current.load()->content; }

TEST_F(EncodingsTest, AreMadeInALaterTurnOnceForAllWhoAsk) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(20'000));
  for (int i = 0; i < 3; ++i) codings.want(s, http::coding::gzip);
  codings.want(s, http::coding::brotli);
  EXPECT_EQ(content_of(s).gzip.load(), nullptr);  // not in the turn of the hit
  EXPECT_EQ(codings.counts().waiting, 2u);
  run();
  ASSERT_NE(content_of(s).gzip.load(), nullptr);
  ASSERT_NE(content_of(s).brotli.load(), nullptr);
  EXPECT_LT(content_of(s).brotli.load()->body.size(), 10'000u);
  EXPECT_EQ(content_of(s).gzip.load()->body.substr(0, 2), "\x1f\x8b");
  const auto counts = codings.counts();
  EXPECT_EQ(counts.made, 2u);
  EXPECT_EQ(counts.bytes_in, 40'000u);
  EXPECT_EQ(counts.waiting, 0u);
  EXPECT_EQ(worker_.counts().done, 0u);
}

TEST_F(EncodingsTest, TheirBytesAreCharged) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(20'000));
  EXPECT_EQ(store_->memory().used(memory_kind::encodings), 0u);
  codings.want(s, http::coding::gzip);
  run();
  EXPECT_EQ(store_->memory().used(memory_kind::encodings), bytes_of(*content_of(s).gzip.load()));
}

TEST_F(EncodingsTest, IdentityMeansTheFileOfALargeBody) {
  auto& codings = make();
  const auto& small = publish("a", shrinking(20'000));
  const auto& large = publish("b", shrinking(200'000));
  codings.want(small, http::coding::identity);
  EXPECT_EQ(codings.counts().waiting, 0u);
  EXPECT_FALSE(encodings::asks(small, http::coding::identity));
  codings.want(large, http::coding::identity);
  codings.want(large, http::coding::identity);
  run();
  EXPECT_EQ(worker_.counts().done, 1u);
  const auto* file = content_of(large).file.load();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(store_->memory().used(memory_kind::encodings), bytes_of(*file));
  EXPECT_EQ(codings.counts().made, 1u);
  EXPECT_FALSE(encodings::asks(large, http::coding::identity));
}

TEST_F(EncodingsTest, LargeBodiesAreMadeOnTheWorker) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(200'000));
  codings.want(s, http::coding::brotli);
  run();
  EXPECT_NE(content_of(s).brotli.load(), nullptr);
  EXPECT_EQ(worker_.counts().done, 1u);
}

TEST_F(EncodingsTest, WhatIsNotWorthItIsNotTriedAgain) {
  auto& codings = make();
  const auto& small = publish("small", "{}");
  const auto& random = publish("random", noise(2000));
  for (int i = 0; i < 3; ++i) {
    codings.want(small, http::coding::gzip);
    codings.want(random, http::coding::gzip);
    run();
  }
  EXPECT_EQ(codings.counts().useless, 2u);
  EXPECT_FALSE(encodings::asks(random, http::coding::gzip));
  EXPECT_TRUE(encodings::asks(random, http::coding::brotli));
  publish("random", shrinking(2000));  // a new version is a new chance
  codings.want(random, http::coding::gzip);
  run();
  EXPECT_EQ(codings.counts().made, 1u);
}

TEST_F(EncodingsTest, ATurnTakesABoundedShare) {
  auto& codings = make({.turn_bytes_max = 1000});
  const auto& a = publish("a", shrinking(5000));
  const auto& b = publish("b", shrinking(5000));
  codings.want(a, http::coding::gzip);
  codings.want(b, http::coding::gzip);
  while (codings.counts().made == 0) ctx_.run_one();
  EXPECT_EQ(codings.counts().made, 1u);
  EXPECT_EQ(codings.counts().waiting, 1u);
  run();
  EXPECT_EQ(codings.counts().made, 2u);
}

TEST_F(EncodingsTest, AFullQueueForgetsTheWishUntilTheNextVisitor) {
  auto& codings = make({.queue_max = 1});
  const auto& a = publish("a", shrinking(5000));
  const auto& b = publish("b", shrinking(5000));
  codings.want(a, http::coding::gzip);
  codings.want(b, http::coding::gzip);
  EXPECT_EQ(codings.counts().refused, 1u);
  run();
  EXPECT_EQ(content_of(b).gzip.load(), nullptr);
  codings.want(b, http::coding::gzip);
  run();
  EXPECT_NE(content_of(b).gzip.load(), nullptr);
}

TEST_F(EncodingsTest, AnotherLoopAsksOnceAndPostsThePath) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(5000));
  EXPECT_TRUE(encodings::asks(s, http::coding::gzip));
  EXPECT_FALSE(encodings::asks(s, http::coding::gzip));
  codings.want("/doc/a.json", http::coding::gzip);
  codings.want("/doc/gone.json", http::coding::gzip);
  run();
  EXPECT_NE(content_of(s).gzip.load(), nullptr);
  EXPECT_FALSE(encodings::asks(s, http::coding::gzip));
  encodings::forget(s, http::coding::brotli);
  EXPECT_TRUE(encodings::asks(s, http::coding::brotli));
}

TEST_F(EncodingsTest, AVersionThatCameMeanwhileIsNotTouched) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(100'000));
  codings.want(s, http::coding::gzip);
  publish("a", shrinking(90'000));
  run();
  EXPECT_EQ(content_of(s).gzip.load(), nullptr);
  EXPECT_EQ(codings.counts().outdated, 1u);
  EXPECT_EQ(codings.counts().made, 0u);
}

TEST_F(EncodingsTest, AStoppedWorkerRefuses) {
  auto& codings = make();
  const auto& s = publish("a", shrinking(100'000));
  worker_.stop();
  codings.want(s, http::coding::gzip);
  run();
  EXPECT_EQ(codings.counts().refused, 1u);
  EXPECT_EQ(codings.counts().waiting, 0u);
}

TEST_F(EncodingsTest, TheOwnerMayGoWhileTheWorkerIsBusy) {
  std::promise<void> open;
  auto opened = open.get_future().share();
  asio::co_spawn(ctx_, worker_.run([opened] { opened.wait(); }), [](auto, auto) {});
  auto& codings = make();
  const auto& s = publish("a", shrinking(100'000));
  const auto& b = publish("b", shrinking(1000));
  codings.want(s, http::coding::gzip);
  codings.want(b, http::coding::gzip);
  codings_.reset();
  open.set_value();
  run();
  EXPECT_EQ(content_of(s).gzip.load(), nullptr);
  EXPECT_EQ(content_of(b).gzip.load(), nullptr);
  EXPECT_EQ(scope_.size(), 0u);
}

}  // namespace
}  // namespace freshet
